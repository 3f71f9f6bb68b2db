"""Axes of pictures: where a value stands on them, from 0 to 1; numbers straight or by powers of ten, words by their place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeGuard

from llmops.presentation.cleaning import one_line

MOST_WORDS: Final = 12
_WIDE: Final = 100  # from this ratio of the highest to the lowest on, numbers above 0 stand by powers of ten

Value = float | str | None


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis. `words` are the values of one that has no numbers; `is_log` says that numbers stand by powers of ten."""

    label: str
    low: float = 0.0
    high: float = 1.0
    words: tuple[str, ...] = ()
    is_log: bool = False

    @classmethod
    def of(cls, label: str, values: Sequence[Value]) -> Self | None:
        """The axis that holds these values; None where there is none, or where there are more words than one can read."""
        given = [value for value in values if isinstance(value, str) or _is_number(value)]
        numbers = [value for value in given if not isinstance(value, str)]
        if given and len(numbers) == len(given):
            low, high = min(numbers), max(numbers)
            return cls(label, low, high, is_log=low > 0 and high / low >= _WIDE)
        words = tuple(sorted({_word(value) for value in given}))
        return cls(label, words=words) if 0 < len(words) <= MOST_WORDS else None

    def place(self, value: Value) -> float | None:
        """Where a value stands, from 0 to 1; None for what is absent or no number."""
        if self.words:
            word = _word(value) if isinstance(value, str) or _is_number(value) else None
            return (self.words.index(word) + 0.5) / len(self.words) if word in self.words else None
        if isinstance(value, str) or not _is_number(value) or (self.is_log and value <= 0):
            return None
        if self.is_log:
            return _between(math.log(value), math.log(self.low), math.log(self.high))
        # Halves, because the distance of two large numbers may be too large for a number.
        return _between(value / 2, self.low / 2, self.high / 2)

    def ticks(self) -> list[tuple[float, str]]:
        """Places with what stands there: the ends and the middle, or all words."""
        if self.words:
            return [((index + 0.5) / len(self.words), one_line(word, 14)) for index, word in enumerate(self.words)]
        if self.low == self.high:
            return [(0.5, figure(self.low))]
        if self.is_log:
            middle = math.exp((math.log(self.low) + math.log(self.high)) / 2)
        else:
            middle = self.low / 2 + self.high / 2
        return [(place, figure(value)) for place, value in ((0.0, self.low), (0.5, middle), (1.0, self.high))]


def figure(value: float | None) -> str:
    """A number of any size in four significant digits; `–` for what is none."""
    return "–" if value is None else f"{value:.4g}".replace("-", "−")


def _is_number(value: Value) -> TypeGuard[float]:
    return value is not None and not isinstance(value, str) and math.isfinite(value)


def _word(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _between(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.5
