"""Whether one sentence says what another says, by the look of it: near in meaning, and made of the same words.

It sees likeness, not truth: a negated or swapped statement is like its opposite.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from llmops.domain.ports import Embedder
from llmops.text.sentences import sentences

SIMILARITY: Final = 0.5
WORDS: Final = 0.5

_MARK: Final = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_WORD: Final = re.compile(r"\w+")
_BREAKS: Final = {code: " " for code in range(128) if not _WORD.fullmatch(chr(code))}


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
    return [text for sentence in sentences(text) if _WORD.search(text := _without_marks(sentence).strip())]


def statements_in(texts: Iterable[str]) -> list[str]:
    """The sentences of several texts, each once."""
    return list(dict.fromkeys(statement for text in texts for statement in statements_of(text)))


def words_of(text: str) -> frozenset[str]:
    """The words of a text, in lower case."""
    lower = text.lower()
    return frozenset(lower.translate(_BREAKS).split() if lower.isascii() else _WORD.findall(lower))


@lru_cache(maxsize=1_024)
def words_by_statement(text: str) -> tuple[frozenset[str], ...]:
    """The words of each statement of a text; remembered, as a chunk of a corpus is retrieved again and again."""
    return tuple(words_of(statement) for statement in statements_of(text))


def _without_marks(sentence: str) -> str:
    return _MARK.sub("", sentence) if "[" in sentence else sentence
