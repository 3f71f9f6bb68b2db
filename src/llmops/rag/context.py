"""Where contexts are from, and the marks in an answer that point back to them.

Contexts are numbered from 1 in the order in which they are given to the model; `[2]` in an answer cites the second.
"""

import re
from collections.abc import Sequence
from typing import Final

from llmops.domain.corpus import Context
from llmops.domain.interaction import Citation

# [1], [1, 3], [2-4]; not [1](https://…), which is a link, nor ![1], nor list[1]. It begins with its bracket, so that `re`
# leaps from one to the next, and 64 kB without any take no time.
_MARK: Final = re.compile(r"\[(?:(?<![\w!\]]\[)(\d{1,4}(?:\s*[,;–-]\s*\d{1,4}){0,30})|(?<=\]\[)(\d{1,4}))\](?!\()")
_RANGE: Final = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")


def place_of(context: Context) -> str:
    """Where a context is from, for people: `docs/a.md:12`, `report.pdf, page 3`; its id where nothing is known."""
    key, line, page = (context.metadata.get(name) for name in ("key", "line", "page"))
    if key is None:
        return context.id
    if page is not None:
        return f"{key}, page {page}"
    return f"{key}:{line}" if line is not None else str(key)


def find_citations(text: str, contexts: Sequence[Context]) -> tuple[Citation, ...]:
    """Find the marks in an answer that point to contexts, each once, in the order of the answer.

    A number without a context is no citation.
    """
    found: dict[int, Citation] = {}
    for match in _MARK.finditer(text):
        for marker in _numbers(match[1] or match[2], len(contexts)):
            if marker not in found:
                found[marker] = _citation(marker, contexts[marker - 1])
    return tuple(found.values())


def find_unknown(text: str, known: int) -> tuple[int, ...]:
    """The numbers that an answer cites and no context has, each once, in its order; of so many contexts that are known."""
    found: dict[int, None] = {}
    for match in _MARK.finditer(text):
        for part in _RANGE.finditer(match[1] or match[2]):
            ends = (int(part[1]), int(part[2] or part[1]))
            found |= dict.fromkeys(number for number in ends if not 1 <= number <= known)
    return tuple(found)


def _numbers(marks: str, known: int) -> list[int]:
    numbers: list[int] = []
    for part in _RANGE.finditer(marks):
        first, last = int(part[1]), int(part[2] or part[1])
        numbers += range(max(first, 1), min(last, known) + 1)
    return numbers


def _citation(marker: int, context: Context) -> Citation:
    values = context.metadata
    return Citation(
        marker=marker,
        context_id=context.id,
        key=str(values.get("key", context.id)),
        line=values.get("line"),
        end_line=values.get("end_line"),
        page=values.get("page"),
    )
