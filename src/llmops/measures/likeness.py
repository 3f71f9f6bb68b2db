"""Likeness of two values, from 0 to 1: numbers, JSON, and lists whose items are paired as well as they can be."""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from llmops.core.hashing import Json
from llmops.measures.overlap import levenshtein

T = TypeVar("T")


def numeric_likeness(a: float, b: float) -> float:
    """Return 1 - |a - b| / (|a| + |b|), and 1 where both are 0 (autoevals' NumericDiff)."""
    scale = abs(a) + abs(b)
    return 1.0 if a == b else 1 - min(1.0, abs(a - b) / scale)


def json_likeness(a: Json, b: Json) -> float:
    """Return how alike two JSON values are (autoevals' JSONDiff).

    Maps: the mean over all keys of either; lists: the sum over places, divided by the longer length; texts: Levenshtein;
    numbers: `numeric_likeness`; null only equals null; values of different types: Levenshtein of their compact JSON.
    """
    if isinstance(a, dict) and isinstance(b, dict):
        keys = a.keys() | b.keys()
        return sum(json_likeness(a.get(key), b.get(key)) for key in keys) / len(keys) if keys else 1.0
    if isinstance(a, list) and isinstance(b, list):
        longer = max(len(a), len(b))
        return sum(map(json_likeness, a, b)) / longer if longer else 1.0
    if a is None or b is None:
        return float(a is b)
    if isinstance(a, str) and isinstance(b, str):
        return levenshtein(a, b)
    if _is_number(a) and _is_number(b):
        return numeric_likeness(a, b)
    return levenshtein(_compact(a), _compact(b))


def list_likeness(a: Sequence[T], b: Sequence[T], likeness: Callable[[T, T], float]) -> float:
    """Return the sum of likenesses of the best pairing, each item used once, divided by the longer length; 1 where both
    are empty (autoevals' ListContains)."""
    longer = max(len(a), len(b))
    if not longer:
        return 1.0
    table = [[likeness(left, right) for right in b] for left in a]
    return sum(table[i][j] for i, j in best_pairs(table)) / longer


def best_pairs(gains: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Return pairs (row, column), each row and column in at most one, with the highest possible sum of gains.

    The assignment problem by shortest augmenting paths (Kuhn 1955; Jonker & Volgenant 1987), in rows² x columns steps.
    """
    if not gains or not gains[0]:
        return []
    if len(gains) > len(gains[0]):
        turned = best_pairs(list(zip(*gains, strict=True)))
        return sorted((row, column) for column, row in turned)
    rows, columns = len(gains), len(gains[0])
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    holder = [0] * (columns + 1)  # the row that holds each column, counted from 1; column 0 is where a path begins
    for row in range(1, rows + 1):
        holder[0] = row
        here = 0
        slack, before, seen = [float("inf")] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
        while holder[here]:
            seen[here] = True
            current, least, following = holder[here], float("inf"), 0
            for column in range(1, columns + 1):
                if seen[column]:
                    continue
                cost = -gains[current - 1][column - 1] - row_price[current] - column_price[column]
                if cost < slack[column]:
                    slack[column], before[column] = cost, here
                if slack[column] < least:
                    least, following = slack[column], column
            for column in range(columns + 1):
                if seen[column]:
                    row_price[holder[column]] += least
                    column_price[column] -= least
                else:
                    slack[column] -= least
            here = following
        while here:
            holder[here] = holder[before[here]]
            here = before[here]
    return sorted((holder[column] - 1, column - 1) for column in range(1, columns + 1) if holder[column])


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
