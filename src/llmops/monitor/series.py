"""One watched series: a signal in a segment, from its reference to its evidence.

The detectors of all series take what is new together, in `flush`; what is written down between two evaluations is `to_json`.
The series that a rollback rests on is watched a second time, with the other promise (`guard`): never both from one statistic.
"""

import math
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from llmops.core.hashing import Json
from llmops.domain.signal import SignalKind
from llmops.measures.blocks import Blocks, blocks_from_json, fill_blocks
from llmops.measures.seasons import Week, compare_with_week, hour_of_week, week_from_json
from llmops.measures.streams import Kind, Stream, observe_all, restart, start, stream_from_json

LARGEST = 5_000  # values of a reference, the last ones
PAUSE = 1_800.0  # seconds after which a session has ended
_TICKS = 128
Deltas = tuple[float, float | None]
_VERSIONS = 20


class Values(NamedTuple):
    """What is new of a series, in its order: the numbers, when they were (in seconds), from which versions of the app, and in
    which blocks, where they are blocked."""

    numbers: list[float]
    times: list[float]
    versions: list[str]
    blocks: list[str]


@dataclass(slots=True)
class Series:
    """A signal in a segment.

    Attributes:
        kind: of the signal; rates and bounded values are watched by their mean, all others by their ranks.
        basis: the digest of the signal's spec.
        gathered: values of the reference, until there are enough; `minimum` of them.
        ticks: observations before, time, and sum of values, for some places of the stream.
        week: what each hour of the week was like so far, where values are compared with the same hour; they are differences then.
        alarmed: whether it raised an alarm and has not been calm since; `acts`: the same of the guard.
    """

    kind: SignalKind
    basis: str
    seed: int
    gathered: list[float] = field(default_factory=list)
    stream: Stream | None = None
    guard: Stream | None = None
    mean: float | None = None
    ticks: list[tuple[int, float, float]] = field(default_factory=list)
    blocks: Blocks = field(default_factory=Blocks)
    week: Week | None = None
    versions: dict[str, tuple[int, float]] = field(default_factory=dict)
    alarmed: bool = False
    acts: bool = False

    def ready(self, new: Values, *, minimum: int, reference: bool, deltas: Deltas) -> list[float]:
        """Take what is new; return what of it the detectors have yet to observe. Arguments as for `flush`."""
        self._count(new)
        numbers, times = self._complete(new)
        if self.stream is None:
            self.gathered = (self.gathered + numbers)[-LARGEST:] if reference else self.gathered + numbers
            if reference or len(self.gathered) < minimum:
                return []
            fresh = len(self.gathered) - minimum
            numbers, times = (numbers[-fresh:], times[-fresh:]) if fresh else ([], [])
            self.gathered = self.gathered[:minimum]
            self.begin(deltas)
        self._tick_on(numbers, times)
        return numbers

    def begin(self, deltas: Deltas) -> None:
        """Start to watch, with what was gathered as the reference.

        Args:
            deltas: how often the zone of a bounded signal may miss its mean; with a second one it is watched with the other
                promise, too.
        """
        is_bounded = self.kind in ("rate", "bounded") and self.week is None
        kind: Kind = "bounded" if is_bounded else "conformal"
        # Sites with references of their own break ties each in its own way.
        seed = self.seed ^ zlib.crc32(array("d", self.gathered).tobytes())
        self.stream = start(self.gathered, kind=kind, delta=deltas[0], seed=seed)
        self.guard = None
        if deltas[1] is not None:
            self.guard = start(self.gathered, kind=kind, promise="pfa", delta=deltas[1], seed=seed + 1)
        self.mean = math.fsum(self.gathered) / len(self.gathered)
        self.gathered = []

    def restart(self, *, guard_only: bool = False) -> None:
        """Forget the evidence: after an alias move that the guard is for, or once it is calm after an alarm."""
        if self.guard is not None:
            self.guard, self.acts = restart(self.guard), False
        if self.stream is not None and not guard_only:
            self.stream, self.alarmed = restart(self.stream), False

    @property
    def since(self) -> datetime | None:
        """About when the likeliest change happened."""
        tick = self._tick()
        return None if tick is None else datetime.fromtimestamp(tick[1], UTC)

    @property
    def current(self) -> float | None:
        """The mean since the likeliest change while there is an alarm, else of all that was observed."""
        if self.stream is None or not self.stream.observations:
            return None
        index, _, total = (self._tick() if self.alarmed else None) or (0, 0.0, 0.0)
        count = self.stream.observations - index
        return (self.stream.total - total) / count if count else None

    def to_json(self) -> Json:
        """Its JSON form."""
        return {
            "kind": self.kind,
            "basis": self.basis,
            "seed": self.seed,
            "gathered": self.gathered,
            "stream": None if self.stream is None else self.stream.to_json(),
            "guard": None if self.guard is None else self.guard.to_json(),
            "mean": self.mean,
            "ticks": [list(tick) for tick in self.ticks],
            "blocks": self.blocks.to_json(),
            "week": None if self.week is None else self.week.to_json(),
            "versions": {version: list(sums) for version, sums in self.versions.items()},
            "alarmed": self.alarmed,
            "acts": self.acts,
        }

    def _count(self, new: Values) -> None:
        """Add to what is known of versions; those that came last are kept."""
        sums: dict[str, list[float]] = {}
        if len(set(new.versions)) == 1:
            sums[new.versions[0]] = new.numbers
        else:
            for version, number in zip(new.versions, new.numbers, strict=True):
                sums.setdefault(version, []).append(number)
        for version, numbers in sums.items():
            count, total = self.versions.get(version, (0, 0.0))
            self.versions[version] = (count + len(numbers), sum(numbers, total))
        while len(self.versions) > _VERSIONS:
            del self.versions[next(iter(self.versions))]

    def _complete(self, new: Values) -> tuple[list[float], list[float]]:
        """Numbers and times: of the values, or of the blocks that are complete."""
        if not any(new.blocks):
            return self._beside_week(new.numbers, new.times, [1] * len(new.numbers))
        self.blocks, done = fill_blocks(self.blocks, new.blocks, new.times, new.numbers, closed=max(new.times) - PAUSE)
        return self._beside_week(
            [block.mean for block in done], [block.last for block in done], [block.count for block in done]
        )

    def _beside_week(
        self, numbers: list[float], times: list[float], counts: Sequence[int]
    ) -> tuple[list[float], list[float]]:
        """Numbers and times; the numbers as differences to the same hour of the week, where the season counts."""
        if self.week is None:
            return numbers, times
        hours = [hour_of_week(datetime.fromtimestamp(at, UTC)) for at in times]
        self.week, found = compare_with_week(self.week, hours, numbers, counts)
        kept = [(left, at) for left, at in zip(found, times, strict=True) if left is not None]
        return [left for left, _ in kept], [at for _, at in kept]

    def _tick_on(self, numbers: list[float], times: list[float]) -> None:
        """Remember when some of the numbers were that the stream is about to observe."""
        if self.stream is None or not numbers:
            return
        index, total = self.stream.observations, self.stream.total
        step = max(1, len(numbers) // 16)
        for place in range(0, len(numbers), step):
            self.ticks.append((index + place, times[place], total))
            total += math.fsum(numbers[place : place + step])
        while len(self.ticks) > _TICKS:
            self.ticks = self.ticks[: -_TICKS // 2 : 2] + self.ticks[-_TICKS // 2 :]

    def _tick(self) -> tuple[int, float, float] | None:
        change = None if self.stream is None else self.stream.change_index
        if change is None or not self.ticks:
            return None
        return min(self.ticks, key=lambda tick: abs(tick[0] - change))


def flush(new: Sequence[tuple[Series, Values]], *, minimum: int, reference: bool, deltas: Deltas) -> None:
    """Have the detectors of several series take what is new, all in one pass.

    Args:
        new: each series once.
        minimum: how many values a reference must have.
        reference: whether these are still values of the reference.
        deltas: see `Series.begin`.
    """
    streams: list[Stream] = []
    numbers: list[list[float]] = []
    watched = []
    for one, values in new:
        ready = one.ready(values, minimum=minimum, reference=reference, deltas=deltas)
        for stream in (one.stream, one.guard) if ready else ():
            if stream is not None:
                streams.append(stream)
                numbers.append(ready)
                watched.append((one, stream is one.guard))
    for (one, is_guard), after in zip(watched, observe_all(streams, numbers), strict=True):
        if is_guard:
            one.guard = after
        else:
            one.stream = after


def series_from_json(value: Json) -> Series:
    """Read the JSON form of a series."""
    read = dict(value)
    for key in ("stream", "guard"):
        read[key] = None if read[key] is None else stream_from_json(read[key])
    read["ticks"] = [tuple(tick) for tick in read["ticks"]]
    read["blocks"] = blocks_from_json(read["blocks"])
    read["week"] = None if read["week"] is None else week_from_json(read["week"])
    read["versions"] = {version: tuple(sums) for version, sums in read["versions"].items()}
    return Series(**read)
