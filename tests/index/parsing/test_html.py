"""HTML becomes the Markdown it would have been, with the lines of its source."""

import subprocess
import sys

import pytest

from llmops.core.errors import ExtraMissing, InputError
from llmops.index.parsing.anchors import Places
from llmops.index.parsing.html import parse_html

PAGE = b"""<!doctype html>
<html><head><title>How to
 roll back</title><style>p { color: red }</style></head>
<body>
<nav><a href="/">menu</a></nav>
<h1>Roll &amp; <em>back</em></h1>
<p>One paragraph<br>
with a &lt;break&gt;
and soft lines.</p>
<ul><li><p>first</p></li><li>second</ul>
<pre>
$ llmops rollback
  done
</pre>
<table>
<tr><th>key</th><th><p>value</p></th></tr>
<tr><td>a</td><td>1<br>2</td></tr>
</table>
<script>alert("x")</script>
Tail.
</body></html>
"""


def test_the_text_is_markdown() -> None:
    document = parse_html("files", "a.html", PAGE)
    assert document.title == "How to roll back"
    assert document.text == (
        "# Roll & back\n\nOne paragraph\nwith a <break> and soft lines.\n\n- first\n- second\n\n"
        "```\n$ llmops rollback\n  done\n```\n\n| key | value |\n| a | 1 2 |\n\nTail."
    )


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("Roll", 6),
        ("One", 7),
        ("first", 10),
        ("second", 10),
        ("$ llmops", 12),
        ("done", 13),
        ("key", 16),
        ("| a", 17),
        ("Tail", 20),
    ],
)
def test_lines_are_those_of_the_source(word: str, line: int) -> None:
    document = parse_html("files", "a.html", PAGE)
    assert Places(document).at(document.text.index(word))[0] == line


def test_the_page_says_its_encoding() -> None:
    data = '<meta charset="iso-8859-1"><p>café</p>'.encode("latin-1")
    assert parse_html("files", "a.html", data).text == "café"
    assert parse_html("files", "a.html", '<meta charset="nonsense"><p>café</p>'.encode()).text == "café"
    with pytest.raises(InputError, match=r"a\.html: byte 0xe9 in line 1 is no UTF-8"):
        parse_html("files", "a.html", "<p>café</p>".encode("latin-1"))


def test_words_are_not_torn_by_inline_tags() -> None:
    assert parse_html("files", "a", b"<p>un<b>believ</b>able</p><table><tr><td>x<i>y</i></td></tr></table>").text == (
        "unbelievable\n\n| xy |"
    )


def test_pages_without_text_and_deeply_nested_ones() -> None:
    assert parse_html("files", "a", b"").text == ""
    assert parse_html("files", "a", b"<body><script>1</script></body>").text == ""
    assert parse_html("files", "a", b"<div>" * 2000 + b"deep" + b"</div>" * 2000).text == "deep"


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "selectolax.lexbor", None)
    with pytest.raises(ExtraMissing, match=r"reading a\.html needs selectolax") as caught:
        parse_html("files", "a.html", b"<p>x</p>")
    assert caught.value.hint == 'pip install "llmops[rag]"'


def test_importing_the_parser_loads_no_library() -> None:
    script = "import sys, llmops.index.parsing.parse; print({'selectolax', 'pypdf'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
