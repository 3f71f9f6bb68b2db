"""What all judged scorers share: the judge, the prompts they ask with, and how many calls a score takes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from llmops.core.arguments import SERVICE
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case, Score
from llmops.domain.judge import Judge
from llmops.domain.ports import Sample
from llmops.evals.hearing import Hearing, hear
from llmops.evals.scorers.definition import Definition


@dataclass(frozen=True)
class Judged(Definition, ABC):
    """A scorer that asks a judge. It is missing, with the reason, where the judge gives no whole verdict."""

    judge: Callable[[], Judge] = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    prompts: ClassVar[tuple[str, ...]]

    def asked(self) -> Sequence[Judge]:
        """All whom it asks."""
        return [self.judge()]

    @abstractmethod
    def judge_calls(self, case: Case, contexts: int) -> int:
        """How many calls one draw is expected to take, where so many contexts are retrieved."""

    @abstractmethod
    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Score a sample once. Raises ModelError where the judge gives no verdict."""

    async def prepare(self) -> dict[str, Json]:
        """Leave nothing to the judge."""
        return {}

    async def score(self, sample: Sample) -> Score:
        """Ask the judge, as often as the suite says."""
        return await hear(self.judge(), sample, self.draw)

    def dependencies(self) -> dict[str, Json]:
        """Return the judge: model, parameters and the digests of its prompts."""
        return {"judge": self.judge().identity(self.prompts)}


def share(yes: Sequence[bool], said: str, items: Sequence[str]) -> Score:
    """The share of items that are so, with the first one that is not in the reason."""
    reason = f"{sum(yes)} of {len(yes)} {said}"
    other = next((item for item, found in zip(items, yes, strict=True) if not found), None)
    if other is not None:
        reason += f"; not: {other[:200]!r}"
    return Score(value=sum(yes) / len(yes), reason=reason)


def nothing_to_judge(label: str, reason: str, value: float | None) -> Score:
    """The score of an answer that has none of what is judged: a value that the suite chose, else missing."""
    if value is None:
        return Score(status="missing", label=label, reason=reason)
    return Score(value=value, label=label, reason=reason)
