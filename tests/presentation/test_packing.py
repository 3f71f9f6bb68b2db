"""Data inside a page."""

import base64
import gzip
import re

from llmops.presentation.packing import block, pack


def test_a_packed_text_comes_back_and_is_always_the_same() -> None:
    text = "</script><script>alert(1)</script> \ud83d half an emoji" * 3
    packed = pack(text)
    assert pack(text) == packed
    back = gzip.decompress(base64.b64decode(packed)).decode()
    assert back == text.encode(errors="backslashreplace").decode()


def test_a_block_holds_nothing_that_could_end_it() -> None:
    drawn = block("records-0", pack("</script>"))
    assert re.fullmatch(r'<script type="text/plain" id="records-0">[A-Za-z0-9+/=]+</script>', drawn)
