"""PDF files: pages, and what cannot be read."""

import sys

import pytest

from llmops.core.errors import ExtraMissing, InputError
from llmops.index.parsing.anchors import Places
from llmops.index.parsing.pdf import parse_pdf
from tests.support.documents import make_pdf


def test_pages_are_anchored() -> None:
    document = parse_pdf("files", "a.pdf", make_pdf(["First page\nsecond line", "Next page"], title="Report"))
    places = Places(document)
    assert document.title == "Report"
    assert places.at(document.text.index("First")) == (1, 1)
    assert places.at(document.text.index("second line")) == (2, 1)
    assert places.at(document.text.index("Next")) == (1, 2)


def test_a_page_without_text_keeps_its_number() -> None:
    document = parse_pdf("files", "a.pdf", make_pdf(["First", "", "Third"]))
    assert Places(document).at(document.text.index("Third")) == (1, 3)


@pytest.mark.parametrize("cut", [0, 8, 60, 200])
def test_a_damaged_file_is_named(cut: int) -> None:
    with pytest.raises(InputError, match=r"docs/a\.pdf: the PDF (is damaged|has no text)"):
        parse_pdf("files", "docs/a.pdf", make_pdf(["Some text"])[:cut])


def test_no_damage_escapes_as_another_error() -> None:
    whole = make_pdf(["Some text that is here", "and more"])
    said = set()
    for position in range(0, len(whole), 7):
        broken = whole[:position] + bytes([whole[position] ^ 0x15]) + whole[position + 1 :]
        try:
            parse_pdf("files", "a.pdf", broken)
        except InputError as error:
            said.add(error.message.split(" ")[0])
    assert said == {"a.pdf:"}


def test_a_scanned_file_says_so() -> None:
    with pytest.raises(InputError, match=r"a\.pdf: the PDF has no text in 2 pages"):
        parse_pdf("files", "a.pdf", make_pdf(["", ""]))


def test_a_locked_file_says_so() -> None:
    with pytest.raises(InputError, match=r"a\.pdf: the PDF needs a password"):
        parse_pdf("files", "a.pdf", make_pdf(["secret"], password="x"))


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(ExtraMissing, match=r"reading a\.pdf needs pypdf") as caught:
        parse_pdf("files", "a.pdf", b"")
    assert caught.value.hint == 'pip install "llmops[rag]"'
