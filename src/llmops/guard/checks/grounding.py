"""Answers that say what the retrieved contexts do not: sentence by sentence, by words or also by meaning."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from pydantic import Field

from llmops.core.arguments import SERVICE
from llmops.domain.verdict import Finding, Stage
from llmops.guard.protocol import Subject
from llmops.text.sentences import split_sentences
from llmops.text.support import SIMILARITY, WORDS, find_support, statements_in, statements_of, words_of

if TYPE_CHECKING:
    from llmops.domain.ports import Embedder

Share = Annotated[float, Field(ge=0, le=1)]
_TYPE: Final = "UNSUPPORTED"


@dataclass(frozen=True)
class Grounding:
    """Find sentences of an answer whose words stand in no sentence of the contexts. No model is asked.

    Args:
        min: the share of the answer's sentences that must be supported.
        words: the share of a sentence's words that one sentence of the contexts must have.
    """

    min: Share = 0.5
    words: Share = WORDS
    action: ClassVar[str] = "flag"
    stages: ClassVar[tuple[Stage, ...]] = ("output",)

    def inspect(self, subject: Subject) -> Iterator[Finding]:
        """The sentences without support, where they are too many."""
        claims = _claims(subject.text)
        known = [words_of(text) for text in statements_in(subject.contexts)]
        supported = [
            any(len(own & other) >= self.words * len(own) for other in known)
            for own in (words_of(text) for text, _, _ in claims)
        ]
        return _unsupported(claims, supported, self.min)


@dataclass(frozen=True)
class SemanticGrounding:
    """Find sentences of an answer that no sentence of the contexts is like in meaning and words: as `context_support` scores.

    Args:
        min: the share of the answer's sentences that must be supported.
        similarity: the cosine that a sentence of the contexts must reach.
        words: the share of a sentence's words that it must have.
    """

    min: Share = 0.5
    similarity: Share = SIMILARITY
    words: Share = WORDS
    embedder: "Callable[[], Embedder]" = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    action: ClassVar[str] = "flag"
    stages: ClassVar[tuple[Stage, ...]] = ("output",)
    timeout_ms: ClassVar[int] = 5_000

    async def ainspect(self, subject: Subject) -> Iterable[Finding]:
        """The sentences without support, where they are too many."""
        claims = _claims(subject.text)
        evidence = statements_in(subject.contexts)
        texts = [text for text, _, _ in claims]
        supported = await find_support(self.embedder(), texts, evidence, similarity=self.similarity, words=self.words)
        return _unsupported(claims, supported, self.min)


def _claims(text: str) -> list[tuple[str, int, int]]:
    """The sentences that say something, with where they stand."""
    return [
        (" ".join(said), start, end) for start, end in split_sentences(text) if (said := statements_of(text[start:end]))
    ]


def _unsupported(claims: Sequence[tuple[str, int, int]], supported: Sequence[bool], least: float) -> Iterator[Finding]:
    if not claims or sum(supported) >= least * len(claims):
        return
    said = f"{sum(supported)} of {len(claims)} sentences are supported"
    for (_, start, end), found in zip(claims, supported, strict=True):
        if not found:
            yield Finding(start, end, _TYPE, note=said)
