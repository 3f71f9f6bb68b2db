"""All series of a monitor: values go to their segments, alarms are shared among all series, statuses say how it stands."""

import sys
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from llmops.core.hashing import Json, digest
from llmops.domain.interaction import Interaction
from llmops.domain.monitor import MonitorSpec
from llmops.domain.noun import content_of
from llmops.domain.signal import Promise, SignalStatus
from llmops.measures.multiplicity import raise_alarms
from llmops.measures.seasons import Week
from llmops.monitor.groups import Group, Key, groups_of, label_of, member
from llmops.monitor.loading import AnySignal
from llmops.monitor.projections import Projection, projection_from_json
from llmops.monitor.protocol import Measured
from llmops.monitor.series import Deltas, Series, flush, series_from_json
from llmops.monitor.waiting import Columns, columns_of, values_of

SEGMENTS: Final = 50  # values of one segment key that are watched, those that come first
DELTA: Final = 0.05  # chance that the mean of any reference is estimated so badly that promises do not hold
CALM: Final = 0.01  # share of the threshold below which a series is calm again after an alarm


@dataclass(slots=True)
class Readings:
    """Of one signal in one evaluation: how many values were read, how many could not be, and why the last one could not."""

    read: int = 0
    failed: int = 0
    problem: str = ""


@dataclass(slots=True)
class Panel:
    """The series of a monitor by signal and segment.

    Attributes:
        spec: the monitor.
        signals: what measures, by label.
        reference: whether what comes now is still the reference.
        left_out: how many interactions with a segment key are not watched by it, because it has too many values.
    """

    name: str
    spec: MonitorSpec
    signals: Mapping[str, AnySignal]
    reference: bool = True
    series: dict[tuple[str, str], Series] = field(default_factory=dict)
    projections: dict[str, Projection] = field(default_factory=dict)
    readings: dict[str, Readings] = field(default_factory=dict)
    segments: dict[str, list[str]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    refs: dict[str, str] = field(default_factory=dict)
    changed: set[tuple[str, str]] = field(default_factory=set)
    bases: dict[str, str] = field(default_factory=dict)
    waiting: list[Columns] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bases = {one.label: digest("signal", content_of(one)) for one in self.spec.signals}
        self.readings = {one.label: Readings() for one in self.spec.signals}

    def take(self, page: Sequence[Interaction], measured: Mapping[str, Sequence[Measured | Exception]]) -> None:
        """Take what signals measured of each interaction of a page, in their order; it waits for `flush`."""
        if page:
            self.refs = dict(page[-1].refs)
        if not page or not measured:
            return
        numbers: dict[str, list[float | None]] = {}
        for label, values in measured.items():
            numbers[label] = self._numbers(label, values)
            if label in self.projections:
                further = self.projections[label].along_axes(values, numbers[label])
                numbers.update({member(label, place + 1): column for place, column in enumerate(further)})
        is_used = [any(number is not None for number in row) for row in zip(*numbers.values(), strict=True)]
        places = self._places(page, [place for place, used in enumerate(is_used) if used])
        columns = columns_of(page, numbers, places, self.spec.block)
        self.waiting.append(columns)
        for name in numbers:
            label = label_of(name, self.signals)
            for segment in columns.segments_with(name):
                key = (name, segment)
                if key not in self.series:
                    seed = zlib.crc32("\n".join((self.name, *key)).encode())
                    week = Week() if self.spec.season else None
                    self.series[key] = Series(self.signals[label].kind, self.bases[label], seed, week=week)
                self.changed.add(key)

    def flush(self) -> None:
        """Have the detectors take what waits, and raise alarms."""
        new = [(self.series[key], values_of(self.waiting, *key)) for key in sorted(self.changed)]
        self.waiting = []
        flush(new, minimum=self.spec.reference.minimum, reference=self.reference, deltas=self._deltas)
        self._alarm("arl", self.spec.false_alarms.mean_run_length)
        if self.spec.false_action is not None:
            self._alarm("pfa", 2 / self.spec.false_action)

    def end_reference(self) -> None:
        """From now on values are compared; series whose reference is too small go on gathering."""
        self.flush()
        self.reference = False
        deltas = self._deltas
        for key, one in self.series.items():
            if one.stream is None and len(one.gathered) >= self.spec.reference.minimum:
                one.begin(deltas)
                self.changed.add(key)

    def leave_out_small(self) -> None:
        """Forget segments that have too few values of a reference which no traffic adds to: they gather one of their own."""
        for key in [key for key, one in self.series.items() if len(one.gathered) < self.spec.reference.minimum]:
            del self.series[key]
            self.changed.discard(key)

    def follow_move(self) -> None:
        """An alias that rollbacks are for moved: their statistics begin anew, and only theirs."""
        self.flush()
        for key, one in self.series.items():
            one.restart(guard_only=True)
            self.changed.add(key)

    @property
    def _deltas(self) -> Deltas:
        """How often an estimated mean may lie outside of its zone: 5 % over all series together; of what rollbacks rest on half
        of what a false action may cost, the other half being the bets'."""
        action = self.spec.false_action
        return DELTA / self.sources, None if action is None else action / 2 / self.sources

    @property
    def groups(self) -> dict[Key, Group]:
        """The series by signal and segment; those of a vector are one."""
        return groups_of(self.series, self.signals)

    @property
    def sources(self) -> int:
        """How many things may raise an alarm: the groups of series, and canary questions where there are some."""
        count = sum(name in self.signals for name, _ in self.series)
        return max(1, count) + (self.spec.questions is not None)

    def calm_down(self) -> None:
        """Series whose evidence has gone are calm again, and begin anew."""
        limit = CALM * self.spec.false_alarms.mean_run_length * self.sources
        for key, group in self.groups.items():
            if group.is_alarmed("arl") and group.statistic("arl") < limit:
                for one in group.members:
                    one.restart()
                self._changed(key, group)

    def statuses(self) -> list[SignalStatus]:
        """How every series stands, and what is to be known of it."""
        order = {label: place for place, label in enumerate(self.signals)}
        groups = self.groups
        there = {label for label, _ in groups}
        found = [self._status(label, "", None, "arl") for label in self.signals if label not in there]
        for label, segment in sorted(groups, key=lambda key: (order[key[0]], key[1])):
            group = groups[label, segment]
            found.append(self._status(label, segment, group, "arl"))
            if group.streams("pfa"):
                found.append(self._status(label, segment, group, "pfa"))
        return sorted(found, key=lambda status: (order[status.signal], status.segment, status.promise))

    def to_json(self) -> tuple[Json, dict[tuple[str, str], Json]]:
        """The JSON forms of what all series share, and of the series that changed."""
        shared = {
            "reference": self.reference,
            "projections": {label: one.to_json() for label, one in self.projections.items()},
            "bases": self.bases,
            "segments": self.segments,
            "refs": self.refs,
        }
        changed, self.changed = self.changed, set()
        return shared, {key: self.series[key].to_json() for key in sorted(changed)}

    def restore(self, shared: Json, series: Mapping[tuple[str, str], Json]) -> list[tuple[str, str]]:
        """Go on with what was written down; returns the series of signals that are no more, or are others now."""
        self.reference, self.refs = shared["reference"], dict(shared["refs"])
        self.segments = {key: list(values) for key, values in shared["segments"].items()}
        same = {label for label, basis in self.bases.items() if shared["bases"].get(label) == basis}
        self.projections = {
            label: projection_from_json(one) for label, one in shared["projections"].items() if label in same
        }
        gone = []
        for key, value in series.items():
            label = label_of(key[0], self.bases)
            if label in same and value["basis"] == self.bases[label]:
                self.series[key] = series_from_json(value)
            else:
                gone.append(key)
        return gone

    def _numbers(self, label: str, measured: Sequence[Measured | Exception]) -> list[float | None]:
        """What was measured as numbers that a detector can take; None where there is nothing, or nothing that it can."""
        kind, readings = self.signals[label].kind, self.readings[label]
        low, high = (0.0, 1.0) if kind in ("rate", "bounded") else (-sys.float_info.max, sys.float_info.max)
        numbers: list[float | None] = []
        for value in measured:
            number, problem = None, value if isinstance(value, Exception) else None
            if problem is None and value is not None:
                try:
                    is_number = kind not in ("category", "vector")
                    number = float(value) if is_number else self._projected(label, value)  # type: ignore[arg-type]
                    if number is not None and not low <= number <= high:
                        raise ValueError(f"{number:g} does not lie between {low:g} and {high:g}")
                    readings.read += 1
                except (TypeError, ValueError, OverflowError) as error:
                    number, problem = None, error
            if problem is not None:
                readings.failed += 1
                readings.problem = f"{type(problem).__name__}: {problem}"[:300]
            numbers.append(number)
        return numbers

    def _projected(self, label: str, value: Measured) -> float | None:
        return self.projections.setdefault(label, Projection()).put(value)

    def _places(self, page: Sequence[Interaction], used: Sequence[int]) -> dict[str, list[int]]:
        """Where the interactions of each segment stand, of those that have a value."""
        found = {"": list(used)} if used else {}
        for segment in self.spec.segments:
            key = segment.removeprefix("metadata.")
            for place in used:
                value = page[place].metadata.get(key)
                if value is None or isinstance(value, (dict, list)):
                    continue
                known, word = self.segments.setdefault(segment, []), str(value)[:100]
                if word not in known:
                    if len(known) >= SEGMENTS:
                        self.left_out[segment] += 1
                        continue
                    known.append(word)
                found.setdefault(f"{segment}={word}", []).append(place)
        return found

    def _alarm(self, promise: Promise, c: float) -> None:
        """Note which series raise an alarm: by their evidence now, or because it alone was enough at some time."""
        groups = self.groups
        keys = list(groups)
        statistics = [groups[key].statistic(promise) for key in keys]
        sources = self.sources
        statistics += [0.0] * (sources - len(keys))
        alarms = raise_alarms(statistics, c, rule=self.spec.false_alarms.rule)
        for place, key in enumerate(keys):
            group = groups[key]
            if group.streams(promise) and (place in alarms.places or group.peak(promise) >= c * sources):
                for one in group.members:
                    one.alarmed, one.acts = one.alarmed or promise == "arl", one.acts or promise == "pfa"
                self._changed(key, group)

    def _changed(self, key: Key, group: Group) -> None:
        label, segment = key
        self.changed |= {key, *((member(label, number), segment) for number in range(1, len(group.members)))}

    def _status(self, label: str, segment: str, group: Group | None, promise: Promise) -> SignalStatus:
        c = self.spec.false_alarms.mean_run_length if promise == "arl" else 2 / (self.spec.false_action or 1)
        one = None if group is None else group.first
        stream = None if group is None else next(iter(group.streams(promise)), None)
        readings, notes = self.readings[label], []
        if readings.failed:
            notes.append(f"{readings.failed} values could not be read: {readings.problem}")
        alarmed = group is not None and group.is_alarmed(promise)
        unread = readings.failed > readings.read
        shortage = self._shortage(one) if stream is None else stream.shortage
        if shortage:
            notes.append(shortage)
        if group is not None and (warning := group.warning(promise)):
            notes.append(warning)
        if group is not None and alarmed and (told := group.told(promise)):
            notes.append(told)
        if self.spec.season:
            notes.append("differences to the same hour of the weeks before")
        return SignalStatus(
            monitor=self.name,
            signal=label,
            segment=segment,
            state="could_not_read" if unread else "drift" if alarmed else "not_enough_data" if shortage else "ok",
            statistic=0.0 if group is None else group.peak(promise) if alarmed else group.statistic(promise),
            threshold=c * self.sources,
            promise=promise,
            promised=self.spec.false_alarms.mean_run_length if promise == "arl" else self.spec.false_action,
            observations=0 if stream is None else stream.observations,
            reference=None if one is None else one.mean,
            current=None if one is None else one.current,
            since=group.richest(promise).since if group is not None and alarmed else None,
            note="; ".join(notes),
            app=self.spec.target.named,
            refs=self.refs,
            versions={} if one is None else {v: (n, total / n) for v, (n, total) in one.versions.items()},
        )

    def _shortage(self, one: Series | None) -> str:
        count = 0 if one is None else len(one.gathered)
        return f"{count} of {self.spec.reference.minimum} values of the reference"
