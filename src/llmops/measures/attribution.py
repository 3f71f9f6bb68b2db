"""Why a mean has changed: other traffic, or other answers to the same traffic.

    μ' - μ = Σ (w'_s - w_s)(μ_s - μ)  (mix)  +  Σ w'_s (μ'_s - μ_s)  (within)

over segments s of the traffic with shares w and means μ before, w' and μ' now (Kitagawa 1955, JASA 50:1168). The overall mean
is taken from μ_s in the mix, which changes no sum and makes a segment's part readable: it grew, and lies below the average. A
segment that is new has no mean before; the whole of its part counts as mix.

Segments are those of the traffic: language, topic, user group. A version of the application is none, as a new one has no past
mean: versions are compared within segments, by `explain_by_label`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llmops.measures.quantiles import normal_quantile

FEWEST = 20  # rows of a segment or label on each side, below which nothing is said about it alone


@dataclass(frozen=True, slots=True)
class Rows:
    """Values with the traffic segment of each; one a request, or one a block where requests depend on each other."""

    values: Sequence[float]
    segments: Sequence[str]


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference with its interval; None where there is too little to bound it."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """What one segment contributed: shares and means then and now (None where it had no rows), and both parts."""

    segment: str
    share: float
    share_now: float
    mean: float | None
    mean_now: float | None
    mix: Effect
    within: Effect


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A change of a mean: `total` = `mix` + `within`, and the parts of the segments, largest first."""

    total: Effect
    mix: Effect
    within: Effect
    parts: tuple[SegmentPart, ...]


@dataclass(frozen=True, slots=True)
class LabelEffect:
    """How much of a change within segments goes with a label that is new, such as the version that answered.

    Attributes:
        kept: the change among rows whose label was there before, weighed like all of now.
        explained: the rest: what goes with the new label. None where no row of an old label is left to compare with.
        share: of the rows now, the part with a new label.
    """

    share: float
    kept: Effect | None
    explained: Effect | None


@dataclass(frozen=True, slots=True)
class _Cell:
    """Rows of one segment on one side: their share of all, their mean, the variance of one and how many they are."""

    share: float
    mean: float
    variance: float
    count: int


def decompose_change(reference: Rows, current: Rows, *, level: float = 0.95) -> Decomposition:
    """Split the change of a mean into mix and within. Intervals by the delta method, rows taken as independent.

    Raises:
        ValueError: a side has no rows.
    """
    then, now = _cells(reference), _cells(current)
    mean, n, m = _mean(reference.values), len(reference.values), len(current.values)
    z = normal_quantile(0.5 + level / 2)
    parts = [_part(segment, (then.get(segment), now.get(segment)), mean, (n, m), z) for segment in sorted(then | now)]
    mix_of = {s: (then[s].mean if s in then else now[s].mean) - mean for s in then | now}
    within_of = {s: now[s].mean - then[s].mean if s in then else 0.0 for s in now}
    mix = math.fsum(part.mix.value for part in parts)
    within = math.fsum(part.within.value for part in parts)
    drawn = _spread(now, mix_of) / m + _spread(then, mix_of) / n
    for s in then:
        moved = (now[s].share if s in now else 0.0) - then[s].share
        drawn += moved**2 * then[s].variance / then[s].count
    for s in now.keys() - then.keys():
        drawn += now[s].share ** 2 * now[s].variance / now[s].count
    inner = _spread(now, within_of) / m + sum(
        now[s].share ** 2 * (now[s].variance / now[s].count + then[s].variance / then[s].count)
        for s in now
        if s in then
    )
    error = _variance(reference.values) / n + _variance(current.values) / m
    ordered = sorted(parts, key=lambda part: (-abs(part.mix.value + part.within.value), part.segment))
    return Decomposition(
        _effect(mix + within, error, z), _effect(mix, drawn, z), _effect(within, inner, z), tuple(ordered)
    )


def explain_by_label(
    reference: Rows, current: Rows, labels: tuple[Sequence[str], Sequence[str]], *, level: float = 0.95
) -> LabelEffect:
    """Compare the change within segments among rows of old labels with that among all rows.

    Args:
        reference: rows then.
        current: rows now.
        labels: the version, generation, model or policy of each row, then and now.
        level: of the intervals.
    """
    known = set(labels[0])
    old = [place for place, label in enumerate(labels[1]) if label in known]
    share = 1 - len(old) / len(current.values)
    if len(old) < FEWEST:
        return LabelEffect(share, None, None)
    z = normal_quantile(0.5 + level / 2)
    new = sorted(set(range(len(current.values))) - set(old))
    kept, kept_error = _within(reference, _taken(current, old), current)
    everything, _ = _within(reference, current, current)
    if len(new) < FEWEST:
        return LabelEffect(share, _effect(kept, kept_error, z), None)
    _, error_old = _within(_taken(current, old), _taken(current, new), current)
    return LabelEffect(share, _effect(kept, kept_error, z), _effect(everything - kept, share**2 * error_old, z))


def _within(reference: Rows, current: Rows, weighing: Rows) -> tuple[float, float]:
    """The change within segments, and its variance, with the shares of a third side."""
    then, now, shares = _cells(reference), _cells(current), _cells(weighing)
    both = [s for s in shares if s in then and s in now]
    whole = math.fsum(shares[s].share for s in both) or 1.0
    change = math.fsum(shares[s].share / whole * (now[s].mean - then[s].mean) for s in both)
    error = sum(
        (shares[s].share / whole) ** 2 * (now[s].variance / now[s].count + then[s].variance / then[s].count)
        for s in both
    )
    return change, error


def _part(
    segment: str, cells: tuple[_Cell | None, _Cell | None], mean: float, sizes: tuple[int, int], z: float
) -> SegmentPart:
    then, now = cells
    share, share_now = (0.0 if cell is None else cell.share for cell in cells)
    n, m = sizes
    before = then if then is not None else now
    assert before is not None
    apart = before.mean - mean
    mix_error = apart**2 * (share_now * (1 - share_now) / m + share * (1 - share) / n)
    mix_error += (share_now - share) ** 2 * before.variance / before.count
    mix = _effect((share_now - share) * apart, mix_error, z)
    if then is None or now is None:
        within = Effect(0.0, 0.0, 0.0)
    else:
        moved = now.mean - then.mean
        error = (
            share_now**2 * (now.variance / now.count + then.variance / then.count)
            + moved**2 * share_now * (1 - share_now) / m
        )
        within = _effect(share_now * moved, error, z)
    few = min(cell.count for cell in cells if cell is not None) < FEWEST
    if few:
        mix, within = Effect(mix.value, None, None), Effect(within.value, None, None)
    return SegmentPart(segment, share, share_now, then.mean if then else None, now.mean if now else None, mix, within)


def _cells(rows: Rows) -> dict[str, _Cell]:
    if not rows.values:
        raise ValueError("a change needs at least one row then and one now")
    grouped: dict[str, list[float]] = {}
    for segment, value in zip(rows.segments, rows.values, strict=True):
        grouped.setdefault(segment, []).append(value)
    total = len(rows.values)
    return {s: _Cell(len(found) / total, _mean(found), _variance(found), len(found)) for s, found in grouped.items()}


def _taken(rows: Rows, places: Sequence[int]) -> Rows:
    return Rows([rows.values[place] for place in places], [rows.segments[place] for place in places])


def _spread(cells: dict[str, _Cell], of: dict[str, float]) -> float:
    """The variance of `of` over segments drawn by their shares."""
    mean = math.fsum(cell.share * of[s] for s, cell in cells.items())
    return math.fsum(cell.share * (of[s] - mean) ** 2 for s, cell in cells.items())


def _effect(value: float, variance: float, z: float) -> Effect:
    half = z * math.sqrt(variance)
    return Effect(value, value - half, value + half)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    """Of one value; of a single one 0, which FEWEST keeps from being believed."""
    if len(values) < 2:
        return 0.0
    mean = _mean(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
