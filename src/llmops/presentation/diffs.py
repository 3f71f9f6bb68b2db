"""What differs between two contents, side by side: texts line by line with the words that changed, other fields as values."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmops.presentation.cleaning import clean, excerpt
from llmops.presentation.figures import count
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.pieces import label
from llmops.presentation.style import STYLE as PAGE_STYLE

AROUND = 3  # unchanged lines shown around a change
MOST_LINES = 2000  # of one text; a longer one is cut
LONGEST_LINE = 2000
LONGEST_VALUE = 4000

STYLE = """
.diff{table-layout:fixed;font-size:.86rem;margin:.25rem 0 1rem;border:1px solid var(--line);border-radius:6px}
.diff td{font-family:var(--mono);white-space:pre-wrap;overflow-wrap:anywhere;vertical-align:top;border:0;
padding:.12rem .6rem;line-height:1.5}
.diff td+td{border-left:1px solid var(--line)}
.diff th{padding:.35rem .6rem}
.diff .gone{background:var(--bad-soft)}
.diff .new{background:var(--good-soft)}
.diff .skip td{color:var(--soft);background:var(--panel);text-align:center;font-family:var(--sans)}
.diff del,.diff ins{text-decoration:none;border-radius:3px;font-weight:600}
.diff del{color:var(--bad);text-decoration:line-through}
.diff ins{color:var(--good);box-shadow:inset 0 -1.5px var(--good)}
@media (max-width:46rem){.diff td{padding:.12rem .35rem;font-size:.78rem}}
"""

_WORDS = re.compile(r"\d+(?:[.,]\d+)+|\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field and its value on both sides as text; None where a side does not have it."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ContentChange:
    """Two versions of a thing and the fields in which they differ. `note` says why there are none to show."""

    before: str
    after: str
    fields: tuple[FieldChange, ...] = ()
    note: str = ""


def side_by_side(change: ContentChange) -> Html:
    """Everything that differs between two contents."""
    if not change.fields:
        return element("p", change.note or "Nothing differs.", class_="soft")
    return join(join([label(found.field), _table(found, change)]) for found in change.fields)


def diff_page(change: ContentChange) -> Html:
    """A page of its own for one difference."""
    head = element(
        "header",
        element("p", "Difference", class_="eyebrow"),
        element("h1", f"{change.before} → {change.after}"),
        element("p", count(len(change.fields), "field") + " differ" + "s" * (len(change.fields) == 1), class_="soft"),
    )
    body = join([head, element("main", side_by_side(change)), element("footer", "Written by llmops.")])
    return page(f"{change.before} → {change.after}", body, style=PAGE_STYLE + STYLE)


def change_lines(found: FieldChange) -> list[str]:
    """A change as lines of text: `- before`, `+ after`, or the unified difference of texts of several lines."""
    before, after = found.before or "", found.after or ""
    if "\n" in before + after:
        told = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
        return [line for place, line in enumerate(told) if place >= 2]
    return [f"{mark} {text}" for mark, text in (("-", found.before), ("+", found.after)) if text is not None]


def _table(found: FieldChange, change: ContentChange) -> Html:
    head = element(
        "thead", element("tr", element("th", change.before, scope="col"), element("th", change.after, scope="col"))
    )
    rows = _rows(_lines(found.before), _lines(found.after))
    return element("div", element("table", head, element("tbody", *rows), class_="diff"), class_="scroll")


def _lines(text: str | None) -> list[str]:
    if text is None:
        return []
    lines = [excerpt(line, LONGEST_LINE) for line in clean(text).split("\n")]
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], f"… {len(lines) - MOST_LINES:,} more lines"]


def _rows(before: Sequence[str], after: Sequence[str]) -> Iterator[Html]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=len(before) + len(after) > MOST_LINES)
    group: Sequence[tuple[str, int, int, int, int]] = ()
    for group in matcher.get_grouped_opcodes(AROUND):
        if group[0][1] > 0 or group[0][3] > 0:
            yield _skipped()
        for what, a, b, c, d in group:
            if what == "equal":
                yield from (_row(old, new) for old, new in zip(before[a:b], after[c:d], strict=True))
            else:
                yield from _changed(before[a:b], after[c:d])
    shown = group[-1][2] if group else 0
    if shown < len(before):
        yield _skipped()


def _skipped() -> Html:
    return element("tr", element("td", "⋯", colspan="2"), class_="skip")


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[Html]:
    """Lines that replace each other stand beside each other, with the words that changed marked."""
    shared = min(len(before), len(after))
    for old, new in zip(before[:shared], after[:shared], strict=True):
        left, right = _words(old, new)
        yield _row(left, right, "gone", "new")
    for old in before[shared:]:
        yield _row(element("del", old), "", "gone")
    for new in after[shared:]:
        yield _row("", element("ins", new), "", "new")


def _row(left: str, right: str, left_kind: str = "", right_kind: str = "") -> Html:
    return element(
        "tr", element("td", left, class_=left_kind or None), element("td", right, class_=right_kind or None)
    )  # fmt: skip


def _words(old: str, new: str) -> tuple[Html, Html]:
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    left, right = [], []
    for what, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        gone, came = "".join(a[i:j]), "".join(b[k:m])
        left.append(gone if what == "equal" else element("del", gone) if gone else Html())
        right.append(came if what == "equal" else element("ins", came) if came else Html())
    return join(left), join(right)
