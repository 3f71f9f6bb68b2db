"""Data inside a page: compressed, in base64, so that no text of it can end the block it stands in."""

import base64
import gzip

from llmops.presentation.html import Html, element


def pack(text: str) -> str:
    """Compress a text; the same text is packed the same on every machine with the same zlib."""
    return base64.b64encode(gzip.compress(text.encode(errors="backslashreplace"), 6, mtime=0)).decode()


def block(name: str, packed: str) -> Html:
    """A block of packed data that a script finds by its id. A browser runs and shows nothing of it."""
    return element("script", Html(packed), type="text/plain", id=name)
