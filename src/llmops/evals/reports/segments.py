"""Scores by segment, and how far each segment lies from the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.domain.ports import Scorer
from llmops.domain.report import Interval, Report, SegmentGap, SegmentSummary
from llmops.evals.columns import Series, group
from llmops.evals.observations import Observations
from llmops.evals.words import interval_text, p_text, signed
from llmops.measures.comparison import holm
from llmops.measures.intervals import Estimate, estimate_mean
from llmops.presentation.figures import number

if TYPE_CHECKING:
    from llmops.measures.groups import GroupDifference

NEVER_NEGATIVE = frozenset({"s", "$"})  # units
SMALLEST_SEGMENT = 5  # cases; smaller ones are counted in a note


@dataclass(frozen=True, slots=True)
class _Group:
    key: str
    value: str
    estimate: Estimate
    gap: "GroupDifference | None"
    mirrors: bool  # what another group of the key says already, with the sign changed


def summarise_segments(observed: Observations, series: Series, scorer: Scorer) -> list[SegmentSummary]:
    """A scorer over every segment that is large enough to say something about."""
    groups = [one for key in observed.keys for one in _groups(observed, key, series, scorer)]
    tested = [one.gap.p for one in groups if one.gap and one.gap.p is not None and not one.mirrors]
    adjusted = iter(holm(tested))
    found, p = [], None
    for one in groups:
        if one.gap is not None and one.gap.p is not None and not one.mirrors:
            p = next(adjusted)
        found.append(
            SegmentSummary(
                segment=f"metadata.{one.key}",
                value=one.value,
                n=one.estimate.n,
                mean=one.estimate.mean,
                interval=as_interval(one.estimate, scorer.unit),
                gap=None if one.gap is None else _gap(one.gap, p),
            )
        )
    return found


def count_small(observed: Observations) -> int:
    """How many segments are too small to be shown, of keys of which others are."""
    sizes = [list(_sizes(observed.segment_of(key) or {}).values()) for key in observed.keys]
    return sum(
        sum(size < SMALLEST_SEGMENT for size in of_key)
        for of_key in sizes
        if sum(size >= SMALLEST_SEGMENT for size in of_key) >= 2
    )


def as_interval(estimate: Estimate | None, unit: str = "") -> Interval | None:
    """The interval of an estimate, where it has one; no time and no cost is below zero."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    low = max(0.0, estimate.low) if unit in NEVER_NEGATIVE else estimate.low
    return Interval(low=low, high=estimate.high, method=estimate.method)


def _groups(observed: Observations, key: str, series: Series, scorer: Scorer) -> Iterator[_Group]:
    """The groups of one key by value; none where fewer than two are large enough."""
    values = observed.segment_of(key) or {}
    if sum(size >= SMALLEST_SEGMENT for size in _sizes(values).values()) < 2:
        return
    from llmops.measures.groups import Grouped, compare_groups  # only where a run has segments

    groups = group(series, values)
    for position, (value, places) in enumerate(groups.members.items()):
        if len(places) < SMALLEST_SEGMENT:
            continue
        scores, clusters = [groups.values[i] for i in places], [groups.clusters[i] for i in places]
        estimate = estimate_mean(scores, clusters, bounds=scorer.range)
        gap = None
        if groups.are_compared(value):
            gap = compare_groups(Grouped(groups.values, groups.inside(value), groups.clusters), bounds=scorer.range)
        yield _Group(key, value, estimate, gap, mirrors=len(groups.members) == 2 and position == 1)


def _sizes(values: dict[str, str]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for value in values.values():
        sizes[value] = sizes.get(value, 0) + 1
    return sizes


def _gap(found: "GroupDifference", p: float | None) -> SegmentGap:
    interval = None
    if found.low is not None and found.high is not None:
        interval = Interval(low=found.low, high=found.high, method=found.method)
    return SegmentGap(difference=found.mean, rest=found.rest, interval=interval, p=None if found.p is None else p)


SEGMENT_COLUMNS = ("scorer", "segment", "value", "mean", "95 % interval", "n", "against the rest", "p (Holm)")


TOLD = 0.05  # the adjusted p from which on a segment is told from the rest


def segment_rows(report: Report, *, only_told: bool = False) -> list[tuple[str, ...]]:
    """The segments of each scorer, and how far each lies from the rest; or only those that are told from it."""
    return [
        (
            score.label,
            part.segment,
            part.value,
            number(part.mean, score.unit),
            interval_text(part.interval, score.unit),
            f"{part.n:,}",
            gap_text(part, score.unit),
            p_text(part.gap.p) if part.gap else "–",
        )
        for score in report.scores
        for part in score.segments
        if not only_told or (part.gap is not None and part.gap.p is not None and part.gap.p <= TOLD)
    ]


def gap_text(part: SegmentSummary, unit: str = "") -> str:
    """Write how far a segment lies from the rest, as `−0.081 (−0.160 to −0.002)`."""
    if part.gap is None:
        return "–"
    told = signed(part.gap.difference, unit)
    ends = part.gap.interval
    return told if ends is None else f"{told} ({signed(ends.low, unit)} to {signed(ends.high, unit)})"


def gapped(report: Report) -> Sequence[SegmentSummary]:
    """The segments that were compared with the rest."""
    return [part for score in report.scores for part in score.segments if part.gap is not None]
