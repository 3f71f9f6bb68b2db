"""Whether answers to the same questions differ from those of before more than those differ among themselves.

Each question was answered several times at first. If nothing has changed, its new answer is one of them like any other: which
of them is called new does not matter. So its distance from the others is compared with what all the other choices would have
given, over all questions together. How likely it is that a choice by lot comes as far is bounded from above after Chernoff
(1952, doi:10.1214/aoms/1177729330): P(T >= t) <= exp(-λ t) Π E exp(λ d), for every λ > 0. That is exact in the sense that
matters here, never too small, and reaches the very small probabilities that rare false alarms ask for.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from llmops.measures.overlap import token_f1

_SLOPES: Final = tuple(2.0 ** (step / 2) for step in range(-6, 15))


class Compared(NamedTuple):
    """The p that nothing has changed, the mean distance of new answers from those of before (0 to 1), and of those among
    themselves; over how many questions."""

    p: float
    distance: float
    before: float
    questions: int


def compare_answers(before: Sequence[Sequence[str]], now: Sequence[str | None]) -> Compared:
    """Compare new answers with those of before; None is a question that got no answer this time."""
    pairs = [(old, new) for old, new in zip(before, now, strict=True) if new is not None and len(old) >= 2]
    if not pairs:
        return Compared(1.0, 0.0, 0.0, 0)
    rows = [_distances([new, *old]) for old, new in pairs]
    among = [_distances(old) for old, _ in pairs]
    within = sum(sum(row) / len(row) for row in among) / len(rows)
    return Compared(_share_as_far(rows), sum(row[0] for row in rows) / len(rows), within, len(rows))


def _share_as_far(rows: Sequence[Sequence[float]]) -> float:
    """At most how often a choice of an answer a question by lot is as far from the rest as the first ones are."""
    logs = [
        sum(math.log(sum(math.exp(slope * (far - row[0])) for far in row) / len(row)) for row in rows)
        for slope in _SLOPES
    ]
    return math.exp(min(0.0, *logs))


def _distances(answers: Sequence[str]) -> list[float]:
    """For each answer its mean distance from the others: 1 less the F1 of their words."""
    apart = [[0.0 if one == other else 1.0 - token_f1(one, other) for other in answers] for one in answers]
    return [sum(row) / (len(answers) - 1) for row in apart]
