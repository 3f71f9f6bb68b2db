"""The texts of a moment, ranked by the words of a question with BM25.

The full-text index of the store ranks by how rare words are in all its texts of today. What an index would have answered then
must not change with what came later, so the ranking is computed here from the texts of the moment alone, with FTS5's formula
(k1 1.2, b 0.75; https://www.sqlite.org/fts5.html#the_bm25_function) and the same choice of words.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from itertools import chain
from typing import Final

from llmops.storage.lexical import COMMON, MANY_TEXTS
from llmops.text.words import words_of

_K1: Final = 1.2
_B: Final = 0.75
_LEAST: Final = 1e-6  # the weight of a word that more than half of the texts have


class PastWords:
    """The words of the texts of one moment.

    Args:
        chunks: (id, hash of its text, text) of every chunk, in pages.
        only: words that will be asked for; None keeps all.
    """

    def __init__(self, chunks: Iterable[list[tuple[str, str, str]]], only: Collection[str] | None = None) -> None:
        self._holders: list[list[str]] = []
        self._sizes: list[int] = []
        self._places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        seen: dict[str, int] = {}
        for cid, text_hash, text in chain.from_iterable(chunks):
            if (number := seen.get(text_hash)) is not None:
                self._holders[number].append(cid)
                continue
            seen[text_hash] = number = len(self._holders)
            words = words_of(text)
            self._holders.append([cid])
            self._sizes.append(len(words))
            for word, times in Counter(words).items():
                if only is None or word in only:
                    self._places[word].append((number, times))

    def search(self, words: Iterable[str]) -> list[tuple[str, float]]:
        """The chunks that have any of the words, as (id, score), best first and equal ones in the order of ids."""
        count = len(self._holders)
        mean = sum(self._sizes) / count if count else 0.0
        scores: defaultdict[int, float] = defaultdict(float)
        for word in self._telling(list(words)):
            places = self._places.get(word, ())
            rarity = math.log((count - len(places) + 0.5) / (len(places) + 0.5))
            for number, times in places:
                length = 1 - _B + _B * self._sizes[number] / mean
                scores[number] += max(rarity, _LEAST) * times * (_K1 + 1) / (times + _K1 * length)
        found = [(cid, score) for number, score in scores.items() for cid in self._holders[number]]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def _telling(self, words: list[str]) -> list[str]:
        """The words that tell texts apart, as the store chooses them."""
        count = len(self._holders)
        if count < MANY_TEXTS:
            return words
        return [word for word in words if 0 < len(self._places.get(word, ())) <= COMMON * count] or words
