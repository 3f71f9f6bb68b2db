"""PDF files through pypdf: the text of each page, with an anchor where the page begins."""

import io
import logging
import zlib

from llmops.core.errors import ExtraMissing, InputError
from llmops.domain.corpus import Anchor, Document

# What pypdf lets through on damaged files, besides its own errors.
_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RecursionError)


def parse_pdf(source: str, key: str, data: bytes) -> Document:
    """Extract the text of all pages. Lines are those of the extracted text, counted on each page.

    Raises:
        InputError: it is damaged, needs a password, or has no text (scanned pages).
        ExtraMissing: pypdf is not installed.
    """
    try:
        from pypdf import PdfReader
        from pypdf.errors import FileNotDecryptedError, PyPdfError
    except ImportError as error:
        raise ExtraMissing("pypdf", "rag", needed_for=f"reading {key}") from error
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # what it could repair is no news to the reader of a sync report
    try:
        reader = PdfReader(io.BytesIO(data))
        pages = [page.extract_text() for page in reader.pages]
        title = reader.metadata.title if reader.metadata else None
    except FileNotDecryptedError as error:
        raise InputError(f"{key}: the PDF needs a password", hint="Save it without one, or exclude it.") from error
    except (PyPdfError, zlib.error, OSError, NotImplementedError, *_DAMAGE) as error:
        raise InputError(f"{key}: the PDF is damaged: {error}", hint="Save it anew, or exclude it.") from error
    parts, anchors, offset = [], [], 0
    for number, text in enumerate(pages, 1):
        clean = text.replace("\0", "").encode("utf-8", "replace").decode()
        anchors.append(Anchor(offset=offset, line=1, page=number))
        parts.append(clean)
        offset += len(clean) + 2
    whole = "\n\n".join(parts)
    if not whole.strip():
        raise InputError(
            f"{key}: the PDF has no text in {len(pages)} pages; they may be scanned",
            hint="Run it through OCR (for example ocrmypdf), or exclude it.",
        )
    return Document(source=source, key=key, text=whole, title=str(title or ""), anchors=tuple(anchors))
