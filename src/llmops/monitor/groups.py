"""Series that are one stream: of a vector several numbers are watched, each by a detector of its own, and their evidence is
averaged, so a group is one source of alarms, and not as many as it has members. At any one time the mean is expected to be no
more than each of them is, whatever they have to do with each other. That it reaches the threshold no sooner is shown by
simulation, not proven: decision 026. Every other series is a group by itself.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from llmops.domain.signal import Promise
from llmops.measures.streams import Stream
from llmops.monitor.series import Series

Key = tuple[str, str]
"""Label of a signal, or of a member of its group, and segment."""

_MARK = "~"


def member(label: str, number: int) -> str:
    """What the series of a signal's further number is called."""
    return f"{label}{_MARK}{number}"


def label_of(name: str, labels: Collection[str]) -> str:
    """The signal that a series is of."""
    return name if name in labels else name.rpartition(_MARK)[0]


@dataclass(frozen=True, slots=True)
class Group:
    """The series of a signal in a segment; the first says what its values are."""

    members: tuple[Series, ...]

    @property
    def first(self) -> Series:
        """The series of the number that is shown."""
        return self.members[0]

    def streams(self, promise: Promise) -> list[Stream]:
        """Those that have begun."""
        found = (one.stream if promise == "arl" else one.guard for one in self.members)
        return [stream for stream in found if stream is not None]

    def statistic(self, promise: Promise) -> float:
        """The mean of what they hold; 0 before they begin."""
        return sum(stream.statistic for stream in self.streams(promise)) / len(self.members)

    def peak(self, promise: Promise) -> float:
        """The most that is known to have been the mean at any time: what one member alone made of it, or the mean now."""
        alone = max((stream.peak for stream in self.streams(promise)), default=0.0) / len(self.members)
        return max(alone, self.statistic(promise))

    def is_alarmed(self, promise: Promise) -> bool:
        """Whether it raised an alarm and has not been calm since."""
        return self.first.alarmed if promise == "arl" else self.first.acts

    def richest(self, promise: Promise) -> Series:
        """The series with most evidence."""

        def evidence(one: Series) -> float:
            stream = one.stream if promise == "arl" else one.guard
            return -1.0 if stream is None else stream.statistic

        return max(self.members, key=evidence)

    def warning(self, promise: Promise) -> str:
        """Why the promise of one of them does not hold, in words; empty where nothing speaks against it."""
        return next((stream.warning for stream in self.streams(promise) if stream.warning), "")

    def told(self, promise: Promise) -> str:
        """In which of several numbers the change shows most."""
        place = self.members.index(self.richest(promise))
        return f"it shows most along direction {place} of {len(self.members) - 1}" if place else ""


def groups_of(series: Mapping[Key, Series], labels: Collection[str]) -> dict[Key, Group]:
    """The groups by signal and segment."""
    found: dict[Key, Group] = {}
    for (name, segment), one in series.items():
        if name in labels:
            found[name, segment] = Group((one, *_others(series, name, segment)))
    return found


def _others(series: Mapping[Key, Series], label: str, segment: str) -> Iterable[Series]:
    number = 1
    while (key := (member(label, number), segment)) in series:
        yield series[key]
        number += 1
