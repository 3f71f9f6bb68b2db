"""Word documents, made by python-docx."""

import io
import zipfile

import docx
import pytest

from llmops.core.errors import InputError
from llmops.index.parsing import docx as parsing
from llmops.index.parsing.anchors import Places
from llmops.index.parsing.docx import parse_docx


def made(*, title: str = "") -> bytes:
    document = docx.Document()
    document.core_properties.title = title
    document.add_heading("Returns", 1)
    document.add_paragraph("Within 30 days.")
    document.add_paragraph("")
    document.add_paragraph("Lamps", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ("what", "price", "Lamp", "a|b"), strict=True):
        cell.text = text
    document.add_paragraph("The end.")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_headings_lists_and_tables_keep_their_order_and_place() -> None:
    page = parse_docx("s", "a.docx", made())
    assert page.text == (
        "# Returns\n\nWithin 30 days.\n\n- Lamps\n\n| what | price |\n| --- | --- |\n| Lamp | a\\|b |\n\nThe end."
    )
    assert page.title == "Returns"
    places = Places(page)
    assert [places.at(page.text.index(word))[0] for word in ("Within", "Lamps", "what", "The end")] == [2, 4, 5, 7]
    assert parse_docx("s", "a.docx", made(title="Handbook")).title == "Handbook"


def test_what_is_damaged_empty_or_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"a\.docx: this is no \.docx") as caught:
        parse_docx("s", "a.docx", b"text")
    assert "exclude it" in caught.value.hint
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("other.xml", "<a/>")
    with pytest.raises(InputError, match=r"a\.docx: the document is damaged"):
        parse_docx("s", "a.docx", packed.getvalue())
    empty = io.BytesIO()
    docx.Document().save(empty)
    with pytest.raises(InputError, match=r"a\.docx: the document has no text"):
        parse_docx("s", "a.docx", empty.getvalue())
    monkeypatch.setattr(parsing, "MAX_UNPACKED", 1000)
    with pytest.raises(InputError, match=r"a\.docx: it unpacks to"):
        parse_docx("s", "a.docx", made())
