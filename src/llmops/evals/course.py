"""Which jobs a run does, in which order, and when it has seen enough.

A course yields jobs one at a time, so that cases times repeats are never held at once, and is told each result as soon as
it exists. One that can decide early says so, and no further job is begun; what is under way still ends and is stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from llmops.domain.evaluation import Case, CaseResult

JobKey: TypeAlias = tuple[str, int]
"""What a job and its result are known by: case id and repeat."""


@dataclass(frozen=True, slots=True)
class Job:
    """One answer to be asked for: a case, and the how-manieth time it is asked (from 0)."""

    case: Case
    repeat: int = 0

    @property
    def key(self) -> JobKey:
        """What the job and its result are known by."""
        return self.case.id, self.repeat


class Course(Protocol):
    """The order of a run's jobs. Called on one event loop only, never by two at once."""

    @property
    def total(self) -> int:
        """How many jobs there are at most."""
        ...

    @property
    def decided(self) -> bool:
        """Whether what was learnt is enough, so that no further job need begin."""
        ...

    @property
    def early(self) -> int:
        """How many of the results that were learnt wait for others before them, so that they decide nothing yet."""
        ...

    def jobs(self) -> Iterator[Job]:
        """The jobs in order, made as they are taken."""
        ...

    def learn(self, result: CaseResult) -> None:
        """Take a result, in order of completion; of a resumed run first those that are stored."""
        ...


class InOrder:
    """All cases in the order of the dataset, and again for every repeat; so that an interrupted run has every case about
    equally often. It never decides."""

    def __init__(self, cases: Sequence[Case], repeats: int = 1) -> None:
        self._cases = cases
        self._repeats = repeats

    @property
    def total(self) -> int:
        """Cases times repeats."""
        return len(self._cases) * self._repeats

    @property
    def decided(self) -> bool:
        """Never."""
        return False

    @property
    def early(self) -> int:
        """None: no result waits for another."""
        return 0

    def jobs(self) -> Iterator[Job]:
        """Round by round."""
        return (Job(case, repeat) for repeat in range(self._repeats) for case in self._cases)

    def learn(self, result: CaseResult) -> None:
        """Nothing to learn."""
