"""Word documents (.docx) through python-docx, turned into the Markdown that they would have been.

A document has no lines and its pages are made by whoever prints it, so anchors count paragraphs and rows of tables.
"""

import io
import zipfile
from typing import TYPE_CHECKING, Final

from llmops.core.errors import ExtraMissing, InputError
from llmops.domain.corpus import Anchor, Document

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

MAX_UNPACKED: Final = 256 << 20
"""Bytes of all parts of a document together; what claims more is no document but a bomb."""

# What python-docx lets through on damaged files, besides its own errors.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    OSError,
    SyntaxError,
)


def parse_docx(source: str, key: str, data: bytes) -> Document:
    """Take headings, paragraphs, lists and tables in their order; the title is the document's own, else its first heading.

    Raises:
        InputError: it is damaged, far too large when it is unpacked, or has no text.
        ExtraMissing: python-docx is not installed.
    """
    try:
        import docx
        from docx.opc.exceptions import PackageNotFoundError
        from docx.text.paragraph import Paragraph
    except ImportError as error:
        raise ExtraMissing("python-docx", "rag", needed_for=f"reading {key}") from error
    _refuse_bombs(key, data)
    blocks: list[str] = []
    anchors: list[Anchor] = []
    offset, place, heading = 0, 1, ""
    try:
        opened = docx.Document(io.BytesIO(data))
        for block in opened.iter_inner_content():
            text = _paragraph(block) if isinstance(block, Paragraph) else _table(block)
            if text.strip():
                anchors.append(Anchor(offset=offset, line=place))
                blocks.append(text)
                offset += len(text) + 2
                heading = heading or (text.lstrip("# ") if text.startswith("#") else "")
            place += 1 if isinstance(block, Paragraph) else max(1, len(block.rows))
        title = opened.core_properties.title or heading
    except (PackageNotFoundError, *_DAMAGE) as error:
        raise InputError(f"{key}: the document is damaged: {error}", hint="Save it anew, or exclude it.") from error
    if not blocks:
        raise InputError(f"{key}: the document has no text", hint="It may hold pictures only; exclude it.")
    return Document(source=source, key=key, text="\n\n".join(blocks), title=title, anchors=tuple(anchors))


def _refuse_bombs(key: str, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise InputError(f"{key}: this is no .docx: {error}", hint="Save it as .docx, or exclude it.") from error
    if size > MAX_UNPACKED:
        raise InputError(f"{key}: it unpacks to {size >> 20:,} MB", hint="Take pictures out, or exclude it.")


def _paragraph(paragraph: "Paragraph") -> str:
    text = " ".join(paragraph.text.split(" ")).strip()
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    if not text:
        return ""
    if style == "Title":
        return f"# {text}"
    if style.startswith("Heading ") and style[8:].isdecimal():
        return f"{'#' * min(6, int(style[8:]))} {text}"
    return f"- {text}" if style.startswith("List") else text


def _table(table: "Table") -> str:
    rows = []
    for row in table.rows:
        cells = [" ".join(cell.text.split()).replace("|", "\\|") for cell in row.cells]
        rows.append(f"| {' | '.join(cells)} |")
    if len(rows) > 1:
        rows.insert(1, f"|{' --- |' * (rows[0].count(' | ') + 1)}")
    return "\n".join(rows)
