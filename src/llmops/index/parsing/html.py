"""HTML through selectolax, turned into the Markdown it would have been.

Headings become `#` lines, list items `- `, tables `| a | b |`, preformatted text a fence; so one chunker knows where not to
cut. The parser keeps no source lines: each text node is looked for in the source from where the last one was found, which
gives the line of every block unless its first words are written with unusual entities (then the line before it).
"""

import codecs
import re
from typing import TYPE_CHECKING

from llmops.core.errors import ExtraMissing
from llmops.domain.corpus import Anchor, Document
from llmops.index.parsing.plain import decode

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_SKIPPED = frozenset(
    {
        "head",
        "script",
        "style",
        "template",
        "noscript",
        "svg",
        "nav",
        "iframe",
        "object",
        "select",
        "button",
        "-comment",
    }
)
# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "dd", "details", "dialog", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html", "legend", "main", "menu", "ol", "p",
    "section", "summary", "table", "tbody", "tfoot", "thead", "ul",
})
# fmt: on
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]+)", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def parse_html(source: str, key: str, data: bytes) -> Document:
    """Take the readable text of a page; scripts, styles and navigation are left out.

    Raises:
        InputError: the bytes are not in the encoding that the page claims (UTF-8 where it claims none).
        ExtraMissing: selectolax is not installed.
    """
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError as error:
        raise ExtraMissing("selectolax", "rag", needed_for=f"reading {key}") from error
    html = decode(key, data, _encoding(data))
    tree = LexborHTMLParser(html)
    writer = _Writer(html)
    if tree.root is not None:
        _walk(tree.root, writer)
    title = tree.css_first("title")
    return Document(
        source=source,
        key=key,
        text=writer.text(),
        title=_SPACE.sub(" ", title.text()).strip() if title else "",
        anchors=tuple(writer.anchors) or (Anchor(offset=0, line=1),),
    )


class _Writer:
    """Collects inline text into blocks, and blocks into the document's text."""

    def __init__(self, html: str) -> None:
        self.anchors: list[Anchor] = []
        self.pre = 0
        self.row = 0
        self._html = html
        self._cursor, self._line = 0, 1
        self._out: list[str] = []
        self._length = 0
        self._inline: list[str] = []
        self._block_line = 1
        self._prefix = ""
        self._previous = ""

    def add(self, text: str, markup: str) -> None:
        """Add a text node: its text, and its markup to look for in the source."""
        if markup.strip():
            self._look_for(markup)
        if not "".join(self._inline).strip():
            self._block_line = self._line
        self._inline.append(text if self.pre else _SPACE.sub(" ", text))

    def add_mark(self, text: str) -> None:
        """Add text that is not in the source: a line break, a cell border."""
        self._inline.append(text)

    def begin(self, prefix: str = "") -> None:
        """End the block under way; the next one opens with a prefix."""
        self._flush()
        self._prefix = prefix or self._prefix

    def end(self) -> None:
        """Write the block under way, if it holds any text."""
        self._flush()
        self._prefix = ""

    def text(self) -> str:
        """All blocks."""
        self.end()
        return "".join(self._out)

    def _flush(self) -> None:
        text = "".join(self._inline)
        self._inline.clear()
        if not text.strip(" \n\t|"):
            return  # the prefix waits for the first text: <li><p>…
        prefix, self._prefix = self._prefix, ""
        if self.pre:
            fence = "~~~~" if "```" in text else "```"
            self._put("pre", f"{fence}\n", text.strip("\n"), f"\n{fence}")
        elif prefix == "|":
            self._put("|", "| ", _SPACE.sub(" ", text).strip(" |"), " |")
        else:
            self._put(prefix, prefix, re.sub(r" *\n *", "\n", text).strip(), "")

    def _look_for(self, markup: str) -> None:
        """Move on to a text node: it stands after the `>` of some tag, behind the node before."""
        space = len(markup) - len(markup.lstrip())
        wanted = markup[:space] + markup[space : space + 60].partition("\n")[0]
        for before in (">", ">\n"):  # the parser drops a line end right after <pre>
            found = self._html.find(before + wanted, max(0, self._cursor - 1))
            if found >= 0:
                place = found + len(before) + space
                self._line += self._html.count("\n", self._cursor, place)
                self._cursor = place
                return

    def _put(self, kind: str, opening: str, text: str, closing: str) -> None:
        gap = "" if not self._out else "\n" if kind == self._previous and kind in ("|", "- ") else "\n\n"
        # The opening fence is a line that the source does not have.
        line = max(1, self._block_line - opening.count("\n"))
        self.anchors.append(Anchor(offset=self._length + len(gap), line=line))
        whole = gap + opening + text + closing
        self._out.append(whole)
        self._length += len(whole)
        self._previous = kind


def _walk(root: "LexborNode", writer: _Writer) -> None:
    """Visit every node in order; a stack of its own, since pages nest deeper than Python recurses."""
    stack: list[tuple[LexborNode, bool]] = [(root, True)]
    while stack:
        node, opening = stack.pop()
        tag = node.tag or ""
        if not opening:
            _close(tag, writer)
        elif tag == "-text":
            writer.add(node.text_content or "", node.html or "")
        elif tag not in _SKIPPED:
            _open(tag, writer)
            stack.append((node, False))
            children = []
            child = node.child
            while child is not None:
                children.append((child, True))
                child = child.next
            stack.extend(reversed(children))


def _open(tag: str, writer: _Writer) -> None:
    if tag == "br":
        writer.add_mark("\n" if not writer.row else " ")
    elif tag == "tr":
        writer.begin("|")
        writer.row += 1
    elif writer.row:  # a block inside a cell opens no line
        writer.add_mark(" " if tag in _BLOCKS or tag in ("li", "pre", *_HEADINGS) else "")
    elif tag in _HEADINGS:
        writer.begin(_HEADINGS[tag])
    elif tag == "li":
        writer.begin("- ")
    elif tag == "pre":
        writer.begin()
        writer.pre += 1
    elif tag in _BLOCKS:
        writer.begin()


def _close(tag: str, writer: _Writer) -> None:
    if tag == "tr":
        writer.row -= 1
        writer.end()
    elif tag in ("td", "th"):
        writer.add_mark(" | ")
    elif writer.row:
        return
    elif tag == "pre":
        writer.end()
        writer.pre -= 1
    elif tag in _HEADINGS or tag == "li" or tag in _BLOCKS:
        writer.end()


def _encoding(data: bytes) -> str:
    claimed = _CHARSET.search(data, 0, 4096)
    if claimed is None:
        return "utf-8"
    try:
        return codecs.lookup(claimed[1].decode("ascii")).name
    except LookupError:
        return "utf-8"
