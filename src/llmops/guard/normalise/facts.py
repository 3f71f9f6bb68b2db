"""What a text may hold, told in one pass over it: a "no" is sure, a "yes" is looked into by whoever asked.

One automaton for all questions (a `Set` of google-re2) takes as long as one of the searches that it spares.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, Protocol

from llmops.guard.normalise.patterns import MAX_MEMORY

DIGITS, TOKEN, SPACED, BLANKS, MARKS, SIGNS, DONE = range(7)
_PATTERNS: Final = {
    DIGITS: r"[0-9](?:[^0-9]*[0-9]){3}",  # four digits: fewer make no number of interest
    TOKEN: r"[A-Za-z0-9+/_:\-]{16}",  # as keys and encodings are written
    SPACED: r"[A-Za-z0-9@$](?:[\t-\r\x1c-\x20._\-*/|,]+[A-Za-z0-9@$]){3}",  # letters one by one
    BLANKS: r"[\t-\r\x1c-\x20]{2}",
    MARKS: r"[*_`~\\]",  # of Markdown
    SIGNS: r"[0134579@$!|+]",  # that stand for letters
    DONE: r"\A",  # always, unless the search ran out of memory
}


class _Set(Protocol):
    def Match(self, text: bytes, /) -> list[int] | None: ...  # noqa: N802  # re2's name


def facts_of(data: bytes) -> Sequence[int]:
    """Which of the questions a text answers with yes; with all of them where that could not be told."""
    found = _questions().Match(data)
    return found if found is not None and DONE in found else range(DONE)


@cache
def _questions() -> _Set:
    import re2

    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    questions = re2.Set.SearchSet(options)
    for pattern in _PATTERNS.values():
        questions.Add(pattern)
    questions.Compile()
    made: _Set = questions
    return made
