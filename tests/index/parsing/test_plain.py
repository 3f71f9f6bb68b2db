"""Text and Markdown, as they stand."""

import pytest

from llmops.core.errors import InputError
from llmops.domain.corpus import Anchor
from llmops.index.parsing.plain import decode, parse_markdown, parse_text


def test_text_is_taken_as_it_is() -> None:
    document = parse_text("files", "a.txt", "Grüße\n\n  zwei ".encode())
    assert (document.text, document.anchors) == ("Grüße\n\n  zwei ", (Anchor(offset=0, line=1),))


def test_the_title_of_markdown_is_its_first_heading() -> None:
    assert parse_markdown("files", "a.md", b"intro\n\n## The *title* ##\n\n# Later\n").title == "The *title*"
    assert parse_markdown("files", "a.md", b"no heading").title == ""


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfa\r\nb\rc", "a\nb\nc"),
        ("ä\r\n".encode("utf-16"), "ä\n"),
        ("ä".encode("utf-32"), "ä"),
        (b"", ""),
    ],
)
def test_byte_order_marks_and_line_ends(data: bytes, text: str) -> None:
    assert decode("a.txt", data) == text


def test_bytes_that_are_no_utf8_name_file_and_line() -> None:
    with pytest.raises(InputError, match=r"docs/a\.md: byte 0xe9 in line 3 is no UTF-8") as caught:
        parse_markdown("files", "docs/a.md", "eins\nzwei\ncaf\u00e9".encode("latin-1"))
    assert "iconv" in caught.value.hint


def test_binary_files_are_no_text() -> None:
    with pytest.raises(InputError, match=r"a\.bin: it holds NUL bytes"):
        parse_text("files", "a.bin", b"\x00\x01\x02")
