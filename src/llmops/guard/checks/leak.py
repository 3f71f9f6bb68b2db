"""Answers that give the system prompt away: a planted mark, or a long stretch of the same words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from pydantic import Field

from llmops.domain.verdict import Finding, Stage
from llmops.guard.checks.phrases import PhraseSet
from llmops.guard.normalise.folding import fold
from llmops.guard.protocol import Subject

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Leak:
    """Find parts of the system prompt in an answer.

    Args:
        canary: texts that stand in the system prompt and nowhere else; found in any disguise that phrases are found in.
        words: how many words in a row must be the same as in the system prompt.
    """

    canary: tuple[str, ...] = ()
    words: Annotated[int, Field(ge=4)] = 12
    action: ClassVar[str] = "block"
    stages: ClassVar[tuple[Stage, ...]] = ("output",)

    def inspect(self, subject: Subject) -> Iterator[Finding]:
        """Where the answer repeats the system prompt."""
        if self.canary:
            for start, end, _ in PhraseSet(self.canary, whole_words=False).find(subject.reading):
                yield Finding(start, end, "CANARY", note="a mark of the system prompt")
        if subject.system:
            for start, end in shared_stretches(subject.text, subject.system, self.words):
                yield Finding(start, end, "SYSTEM_PROMPT", note="words of the system prompt")


def shared_stretches(text: str, other: str, size: int) -> Iterator[tuple[int, int]]:
    """Stretches of a text of at least `size` words that stand in another text in the same order."""
    known = set(_rows([word for word, _, _ in _words(other)], size))
    words = _words(text)
    start = end = -1
    for at, row in enumerate(_rows([word for word, _, _ in words], size)):
        if row not in known:
            continue
        if words[at][1] > end >= 0:
            yield start, end
            start = -1
        start = words[at][1] if start < 0 else start
        end = words[at + size - 1][2]
    if start >= 0:
        yield start, end


def _words(text: str) -> list[tuple[str, int, int]]:
    return [(fold(m[0]), m.start(), m.end()) for m in _WORD.finditer(text)]


def _rows(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + size]) for at in range(len(words) - size + 1))
