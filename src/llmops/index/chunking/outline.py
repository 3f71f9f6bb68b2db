"""The outline of source code: definitions, and what they hold.

Python is read by its own grammar. Every other language, and Python that does not parse, is read by its indentation: a line
at the outermost level begins a part, unless it closes or continues the one before; comments, decorators and attributes
belong to what follows them. No grammar is loaded for that, so the same code is cut the same way by every version.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_DEFINES: Final = re.compile(
    r"(?:[\w<>\[\]*&:,.@]+\s+)*?(?:class|struct|interface|trait|enum|impl|module|namespace|object|record|protocol|extension|"
    r"def|func|fn|fun|function|sub|procedure|proc|type|contract|service|message|resource|macro)\b|"
    r"[A-Za-z_][\w:<>,*&\s.\[\]]*\([^;]*\)[^;=]*\{\s*$|(?:export\s+)?(?:const|let|var)\s+\w+\s*=.*(?:=>|function)"
)
_CONTINUES: Final = re.compile(
    r"[)\]}{]|(?:end|else|elif|elsif|except|rescue|ensure|finally|catch|until|done|fi|esac|loop|then|do|begin)\b|\*/"
)
_LEADS: Final = re.compile(r"//|/\*|\*|#(?![a-z])|--|;;|@|\[\[|%|'''|\"\"\"")
_BRACE: Final = re.compile(r"[\s:{(]+$")
MOST_TITLE: Final = 80  # characters


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of whole lines. `title` names the definition it is, if it is one; `parts` are what it holds, in order,
    and leave out only white space."""

    start: int
    end: int
    title: str = ""
    parts: "tuple[Part, ...]" = ()


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    indent: int
    text: str


def outline(text: str, *, is_python: bool = False) -> list[Part]:
    """The parts of a file, in order; between them is only white space."""
    lines = list(_lines(text))
    if is_python:
        try:
            # A form feed and its like end lines for nobody but us, and null bytes are refused: then by indentation.
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return _by_indent([line for line in lines if line.text])
        return _by_grammar(tree.body, lines, 0, len(lines))
    return _by_indent([line for line in lines if line.text])


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.split("\n"):
        bare = line.strip()
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        yield _Line(start, start + len(line.rstrip()), indent, bare)
        start += len(line) + 1


def _by_grammar(body: Sequence[ast.stmt], lines: list[_Line], first: int, last: int) -> list[Part]:
    """Parts of the lines from `first` to before `last`: one a statement, with the comments above it."""
    borders = [first]
    kept: list[ast.stmt | None] = [None]  # the lines before the first statement
    for statement in body:
        decorators = getattr(statement, "decorator_list", [])
        line = min([statement.lineno, *(one.lineno for one in decorators)]) - 1
        previous = kept[-1]
        floor = max(borders[-1], (previous.end_lineno or 0) if previous else first)
        while line > floor and lines[line - 1].text.startswith("#"):
            line -= 1
        if line < floor:  # on the line where the one before ends
            continue
        borders.append(line)
        kept.append(statement)
    found = []
    for index, statement_or_none in enumerate(kept):
        end = borders[index + 1] if index + 1 < len(borders) else last
        rows = [line for line in lines[borders[index] : end] if line.text]
        if rows:
            found.append(_statement(statement_or_none, lines, (borders[index], end), rows))
    return found


def _statement(statement: ast.stmt | None, lines: list[_Line], rows: tuple[int, int], full: list[_Line]) -> Part:
    start, end = full[0].start, full[-1].end
    if not isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return Part(start, end)
    title = f"{'class' if isinstance(statement, ast.ClassDef) else 'def'} {statement.name}"
    inner = _by_grammar(statement.body, lines, *rows)
    return Part(start, end, title, tuple(inner) if len(inner) > 1 else ())


def _by_indent(lines: list[_Line]) -> list[Part]:
    """Parts of lines that are not empty."""
    if not lines:
        return []
    level = min(line.indent for line in lines)
    groups: list[list[_Line]] = []
    leading = False  # the group so far is comments and attributes only
    for line in lines:
        begins = line.indent == level and not _CONTINUES.match(line.text)
        leads = line.indent == level and _LEADS.match(line.text) is not None
        if not groups or (begins and not leading):
            groups.append([line])
            leading = leads
        else:
            groups[-1].append(line)
            leading = leading and (leads or line.indent > level)
    return [_group(group, level) for group in groups]


def _group(lines: list[_Line], level: int) -> Part:
    start, end = lines[0].start, lines[-1].end
    head = next((at for at, line in enumerate(lines) if line.indent == level and not _LEADS.match(line.text)), None)
    if head is None or not any(line.indent > level for line in lines[head + 1 :]):
        return Part(start, end)
    text = lines[head].text
    opens = _DEFINES.match(text) is not None or (
        _DEFINES.match(text + " {") is not None and lines[min(head + 1, len(lines) - 1)].text == "{"
    )
    title = _BRACE.sub("", text)[:MOST_TITLE] if opens else ""
    body = next(at for at in range(head + 1, len(lines)) if lines[at].indent > level)
    stop = next((at for at in range(len(lines), body, -1) if lines[at - 1].indent > level), len(lines))
    inner = _by_indent_above(lines[body:stop], level)
    first, last = Part(start, lines[body - 1].end), lines[stop:]
    closing = (Part(last[0].start, last[-1].end),) if last else ()
    return Part(start, end, title, (first, *inner, *closing))


def _by_indent_above(lines: list[_Line], level: int) -> list[Part]:
    """Parts of a body in which lines of the outer level may stand (`else`, a label): each begins a part of its own."""
    if all(line.indent > level for line in lines):
        return _by_indent(lines)
    groups: list[list[_Line]] = []
    for line in lines:
        if not groups or (line.indent > level) != (groups[-1][-1].indent > level):
            groups.append([])
        groups[-1].append(line)
    return [part for group in groups for part in _by_indent(group)]
