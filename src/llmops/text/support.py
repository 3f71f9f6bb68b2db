"""Whether one sentence says what another says, by the look of it: near in meaning, and made of the same words.

It sees likeness, not truth: a negated or swapped statement is like its opposite.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from llmops.domain.ports import Embedder
from llmops.text.sentences import sentences

SIMILARITY: Final = 0.5
WORDS: Final = 0.5

_MARK: Final = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_WORD: Final = re.compile(r"\w+")


async def find_support(
    embedder: Embedder,
    claims: Sequence[str],
    evidence: Sequence[str],
    *,
    similarity: float = SIMILARITY,
    words: float = WORDS,
) -> list[bool]:
    """Whether each claim has a sentence of the evidence with a cosine of at least `similarity` and at least the share `words`
    of the claim's own words."""
    if not claims or not evidence:
        return [False] * len(claims)
    vectors = await embedder.embed([*claims, *evidence])
    likeness = vectors[: len(claims)] @ vectors[len(claims) :].T
    known = [words_of(text) for text in evidence]
    return [
        any(
            cosine >= similarity and len(own & other) >= words * len(own)
            for other, cosine in zip(known, row, strict=True)
        )
        for own, row in zip(map(words_of, claims), likeness, strict=True)
    ]


def statements_of(text: str) -> list[str]:
    """The sentences of a text without citation marks such as [1]; those without a letter or digit say nothing."""
    return [text for sentence in sentences(text) if _WORD.search(text := _MARK.sub("", sentence).strip())]


def statements_in(texts: Iterable[str]) -> list[str]:
    """The sentences of several texts, each once."""
    return list(dict.fromkeys(statement for text in texts for statement in statements_of(text)))


def words_of(text: str) -> frozenset[str]:
    """The words of a text, in lower case."""
    return frozenset(_WORD.findall(text.lower()))
