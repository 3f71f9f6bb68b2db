"""Which parser reads which file."""

import pytest

from llmops.core.errors import InputError
from llmops.index.parsing.parse import parse
from tests.support.documents import make_pdf


@pytest.mark.parametrize(
    ("key", "data", "text"),
    [
        ("a.md", b"# A *b*", "# A *b*"),
        ("a.MD", b"# A", "# A"),
        ("a.html", b"<h1>A</h1>", "# A"),
        ("a.htm", b"<p>A", "A"),
        ("a.pdf", make_pdf(["A"]), "A"),
        ("a.txt", b"<p>A", "<p>A"),
        ("Makefile", b"all:", "all:"),
    ],
)
def test_the_suffix_decides(key: str, data: bytes, text: str) -> None:
    document = parse("files", key, data)
    assert (document.source, document.key, document.text.rstrip()) == ("files", key, text)


def test_what_is_no_text_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"logo\.png: byte 0x89 in line 1"):
        parse("files", "logo.png", b"\x89PNG\r\n\x1a\n\x00")
