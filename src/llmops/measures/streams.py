"""Watching one stream of numbers for a change, for as long as one likes, with a stated rate of false alarms.

    stream = start(last_month, kind="bounded")
    stream = observe(stream, today)
    stream.statistic >= threshold, stream.change_index

A `Stream` is a value: small, frozen, with a JSON form that gives back the very same stream, so that it survives a restart
between any two observations. Which promise it keeps is said when it starts, and never both by the same one: `arl` for alerts
(an alarm at M >= c comes without a change after c observations on average, and within n of them with probability at most n/c),
`pfa` for actions (an alarm at E >= 1/alpha is ever false with probability at most alpha). Where the zone of a bounded signal is
estimated, its delta is added. Formulas: `evidence`, `bounded`, `conformal`; for users: docs/detectors.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from llmops.core.hashing import Json
from llmops.measures.bounded import SHARES, Zone, estimated_zone, known_zone
from llmops.measures.conformal import BETS, FIRST, Bag, bag_of, conformal_factors, merge_bags
from llmops.measures.dependence import NO_SCORES, Dependence, dependence_of, merge_dependence
from llmops.measures.evidence import Evidence, Promise, add_all, merge_evidence, no_evidence

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

Kind = Literal["bounded", "conformal"]
Range = tuple[float, float]

UNIT: Range = (0.0, 1.0)
_AT_ONCE: Final = 2**17  # values whose bets are held in memory together


@dataclass(frozen=True, slots=True)
class Stream:
    """One watched stream: what it is compared with, the evidence of a change, and how its values depend on each other.

    Attributes:
        source: the zone of a bounded signal, or the bag of a conformal one.
        evidence: what the bets hold.
        live: lag-1 sums of the scores observed; `before`: those of the reference, in the order it was given.
        reference: how many reference values it started from; None where the mean is known.
        total: the sum of the values observed.
    """

    source: Zone | Bag
    evidence: Evidence
    live: Dependence = NO_SCORES
    before: Dependence = NO_SCORES
    reference: int | None = None
    total: float = 0.0

    @property
    def kind(self) -> Kind:
        """Which bets it makes."""
        return "bounded" if isinstance(self.source, Zone) else "conformal"

    @property
    def promise(self) -> Promise:
        """What an alarm of it promises."""
        return self.evidence.promise

    @property
    def observations(self) -> int:
        """How many values it has observed, since it started."""
        return self.live.count

    @property
    def statistic(self) -> float:
        """M (`arl`) or E (`pfa`) after the last value."""
        return self.evidence.statistic

    @property
    def peak(self) -> float:
        """The largest statistic after any value since it started or was restarted: what is compared with a fixed threshold."""
        return self.evidence.peak

    @property
    def change_index(self) -> int | None:
        """How many values came before the likeliest change; None while nothing speaks for one."""
        change = self.evidence.change
        return None if change is None else change[0]

    @property
    def warning(self) -> str:
        """Why the promise does not hold, in words; empty where nothing speaks against it."""
        change = self.evidence.change
        return self.before.warning("reference", None) or self.live.warning("stream", change)

    @property
    def shortage(self) -> str:
        """What is missing before anything can be said; empty where there is enough."""
        size = self.source.size if isinstance(self.source, Bag) else (self.reference or FIRST) + self.observations
        return "" if size >= FIRST else f"{size} values, {FIRST} are needed before the first bet"

    def to_json(self) -> Json:
        """Its JSON form."""
        parts = {key: _plain(getattr(self, key)) for key in ("source", "evidence", "live", "before")}
        return {"kind": self.kind, **parts, "reference": self.reference, "total": self.total}


def start(
    reference: Sequence[float],
    *,
    kind: Kind = "conformal",
    promise: Promise = "arl",
    bounds: Range = UNIT,
    gap: float = 0.0,
    delta: float = 0.05,
    seed: int = 0,
) -> Stream:
    """Start from reference values, in the order in which they came.

    Args:
        reference: values from before; the more, the smaller the change that is found.
        kind: `bounded` for rates and scores, whose mean is watched; `conformal` for any other number.
        promise: `arl` for alerts, `pfa` for actions.
        bounds: bounded: the lowest and highest possible value.
        gap: bounded: the largest difference of the mean that does not matter.
        delta: bounded: how often the zone may miss the mean.
        seed: conformal: what ties are broken with; another one for each stream and each machine.
    """
    import numpy as np

    values = _finite(reference)
    if kind == "bounded":
        zone = estimated_zone(values.tolist(), gap=gap, delta=delta, bounds=bounds)
        before = dependence_of(NO_SCORES, zone.scores(values))
        return Stream(zone, no_evidence(promise, 2 * len(SHARES)), NO_SCORES, before, len(values))
    bag = bag_of(values.tolist(), seed=seed)
    ranks = np.searchsorted(np.sort(values), values, side="left") + np.searchsorted(
        np.sort(values), values, side="right"
    )
    z, _ = conformal_factors((ranks / 2 + 0.5) / (len(values) + 1))
    return Stream(bag, no_evidence(promise, BETS), NO_SCORES, dependence_of(NO_SCORES, z), len(values))


def start_at(mean: float, *, promise: Promise = "arl", bounds: Range = UNIT, gap: float = 0.0) -> Stream:
    """Start a bounded stream whose mean is known, such as a service level: no estimate and no delta."""
    return Stream(known_zone(mean, gap=gap, bounds=bounds), no_evidence(promise, 2 * len(SHARES)))


def observe(stream: Stream, values: Sequence[float]) -> Stream:
    """Take values in the order in which they came; the same however they are divided among calls.

    Raises:
        ValueError: a value is not finite, or lies outside the range of a bounded stream.
    """
    (after,) = observe_all([stream], [values])
    return after


def observe_all(streams: Sequence[Stream], values: Sequence[Sequence[float]]) -> list[Stream]:
    """Take the values of several streams, each its own; each becomes what it would become alone, in a fraction of the time.

    Raises:
        ValueError: like `observe`.
    """
    after = list(streams)
    new = [place for place in range(len(streams)) if len(values[place])]
    longest_first = sorted(new, key=lambda place: -len(values[place]))
    while longest_first:
        chosen = [longest_first.pop(0)]
        count = len(values[chosen[0]])
        while longest_first and count + len(values[longest_first[0]]) <= _AT_ONCE:
            chosen.append(longest_first.pop(0))
            count += len(values[chosen[-1]])
        looks = [_look(streams[place], values[place]) for place in chosen]
        evidence = add_all(
            [look.stream.evidence for look in looks], [look.factors for look in looks], [look.totals for look in looks]
        )
        for place, look, one in zip(chosen, looks, evidence, strict=True):
            after[place] = replace(look.stream, evidence=one)
    return after


class _Look(NamedTuple):
    """A stream after values but for its evidence, the factors of the bets on them, and the sums of scores before each."""

    stream: Stream
    factors: "Floats"
    totals: "Floats"


def _look(stream: Stream, values: Sequence[float]) -> _Look:
    import numpy as np

    taken = _finite(values)
    skipped = 0
    source: Zone | Bag
    if isinstance(stream.source, Zone):
        source, scores = stream.source, stream.source.scores(taken)
        factors = source.factors(scores)
    else:
        skipped = min(len(taken), max(0, FIRST - stream.source.size))
        source, ps = stream.source.put(taken, stream.observations)
        scores, factors = conformal_factors(ps)
    evidence = replace(stream.evidence, began=stream.evidence.began + skipped) if skipped else stream.evidence
    totals = np.cumsum(np.concatenate(([stream.live.total], scores)))[skipped:]
    live, total = dependence_of(stream.live, scores), math.fsum([stream.total, *taken.tolist()])
    return _Look(replace(stream, source=source, evidence=evidence, live=live, total=total), factors[skipped:], totals)


def restart(stream: Stream) -> Stream:
    """Forget the evidence, not what it is compared with: after an alert was closed, or an alias move that `pfa` guards."""
    bets = len(stream.evidence.amounts)
    empty = no_evidence(stream.promise, bets, began=stream.observations, total=stream.live.total)
    return replace(stream, evidence=empty)


def merge(streams: Sequence[Stream]) -> Stream:
    """Join streams of several processes or machines that started alike: evidence is averaged, counts add.

    Raises:
        ValueError: there is none, or they started differently.
    """
    if not streams:
        raise ValueError("merging needs at least one stream")
    first, sources = streams[0], [stream.source for stream in streams]
    if any((one.kind, one.promise) != (first.kind, first.promise) for one in streams):
        raise ValueError("streams of different kinds or promises cannot be merged")
    source: Zone | Bag
    if isinstance(first.source, Zone):
        if any(one != first.source for one in sources):
            raise ValueError("streams that began with different references cannot be merged")
        source = first.source
    else:
        source = merge_bags([one for one in sources if isinstance(one, Bag)])
    live = merge_dependence([stream.live for stream in streams])
    total = math.fsum(stream.total for stream in streams)
    evidence = merge_evidence([stream.evidence for stream in streams])
    return Stream(source, evidence, live, first.before, first.reference, total)


def stream_from_json(value: Json) -> Stream:
    """Read the JSON form of a stream."""
    source: Zone | Bag
    if value["kind"] == "bounded":
        source = Zone(**{**value["source"], "bounds": tuple(value["source"]["bounds"])})
    else:
        lists = {key: tuple(value["source"][key]) for key in ("edges", "kept", "grown")}
        source = Bag(**lists, seed=value["source"]["seed"])
    evidence: Json = {key: tuple(part) if isinstance(part, list) else part for key, part in value["evidence"].items()}
    return Stream(
        source,
        Evidence(**evidence),
        Dependence(**value["live"]),
        Dependence(**value["before"]),
        value["reference"],
        value["total"],
    )


def _plain(part: Zone | Bag | Evidence | Dependence) -> dict[str, Json]:
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


def _finite(values: Sequence[float]) -> "Floats":
    import numpy as np

    taken: Floats = np.asarray(values, dtype=float)
    if not np.isfinite(taken).all():
        raise ValueError(f"a stream takes finite numbers, not {taken[~np.isfinite(taken)][0]}")
    return taken
