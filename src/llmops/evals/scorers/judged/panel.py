"""Several judges for one score."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import fsum
from typing import Annotated, Literal

from pydantic import Field

from llmops.core.arguments import SERVICE
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case, Score
from llmops.domain.judge import Judge
from llmops.domain.ports import Sample, Scorer
from llmops.evals.hearing import add_up, together
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.judged.definition import Judged

Build = Callable[[str, Mapping[str, Json], Judge], Scorer]


@dataclass(frozen=True)
class Panel(Definition):
    """Score with several judges.

    Definition: the judged scorer `scorer`, with `arguments`, by each of `judges` (model strings). `vote: mean` takes the mean
    of their values; `vote: majority` counts a value of at least `threshold` as a vote for 1 and any other as one for 0, and
    takes what more than half vote for, 0.5 where neither is. The detail `agreement` is the mean, over all pairs of judges,
    of 1 - the difference of their values as a share of the range.
    Range: 0 to 1; lower where the scorer says so, else higher is better. Empty input: as the scorer; one judge without a score
    makes the panel's missing, and its mean is never one of those who answered.
    Source: Verga et al. (2024, arXiv:2404.18796), panels of judges.
    Judge calls: those of the scorer, for each judge.
    """

    judges: Annotated[tuple[str, ...], Field(min_length=2)]
    scorer: str
    arguments: dict[str, Json] = field(default_factory=dict)
    vote: Literal["mean", "majority"] = "mean"
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    judge: Callable[[], Judge] = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    build: Build = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    name = "panel"

    def __post_init__(self) -> None:
        """Build the members, and be ranged and directed as they are."""
        if len(set(self.judges)) < len(self.judges):
            raise InputError(
                "a judge sits twice on the panel", hint="For several draws of one judge: judge: {repeats: 3}"
            )
        object.__setattr__(self, "direction", self.members[0].direction)

    @cached_property
    def members(self) -> Sequence[Judged]:
        """The scorer, once for each judge."""
        built = [self.build(self.scorer, self.arguments, judge) for judge in self.asked()]
        judged = [member for member in built if isinstance(member, Judged)]
        if len(judged) < len(built):
            raise InputError(
                f"{self.scorer!r} asks no judge", hint="A panel takes a judged scorer, such as faithfulness."
            )
        return judged

    @property
    def prompts(self) -> tuple[str, ...]:
        """Those of the scorer."""
        return self.members[0].prompts

    def asked(self) -> Sequence[Judge]:
        """All judges."""
        return [self.judge().on(model) for model in self.judges]

    def judge_calls(self, case: Case, contexts: int) -> int:
        """Those of the scorer, of one judge."""
        return self.members[0].judge_calls(case, contexts)

    async def prepare(self) -> dict[str, Json]:
        """What the scorer lacks, from the suite's own judge, so that all members have the same."""
        alone = replace(self.members[0], judge=self.judge)
        supplied = await alone.prepare()
        return {"arguments": {**self.arguments, **supplied}} if supplied else {}

    async def score(self, sample: Sample) -> Score:
        """Ask all judges and let them vote."""
        scores = await together(*(_scored(member, sample) for member in self.members))
        judging = add_up([score.judging for score in scores if score.judging is not None])
        return self._voted(scores).model_copy(update={"judging": judging})

    def dependencies(self) -> dict[str, Json]:
        """Return the identities of the members."""
        return {"members": [member.identity for member in self.members]}

    def _voted(self, scores: Sequence[Score]) -> Score:
        without = [score for score in scores if score.status != "scored" or score.value is None]
        if len(without) == len(scores) and len({score.status for score in scores}) == 1:
            return without[0]
        if without:
            judge = self.judges[scores.index(without[0])]
            return Score.missing(f"{len(without)} of {len(scores)} judges gave no score; {judge}: {without[0].reason}")
        values = [score.value for score in scores if score.value is not None]
        told = ", ".join(f"{judge} {value:.3g}" for judge, value in zip(self.judges, values, strict=True))
        details = {"agreement": agreement(values)}
        if self.vote == "mean":
            return Score(value=fsum(values) / len(values), reason=told, details=details)
        return Score(value=majority(values, self.threshold), reason=told, details=details)


def agreement(values: Sequence[float]) -> float:
    """The mean of 1 - |a - b| over all pairs of values from 0 to 1."""
    pairs = list(itertools.combinations(values, 2))
    return fsum(1 - abs(one - other) for one, other in pairs) / len(pairs)


def majority(values: Sequence[float], threshold: float) -> float:
    """1 where more than half of the values reach the threshold, 0 where more than half do not, 0.5 in between."""
    ayes = sum(value >= threshold for value in values)
    return 0.5 if 2 * ayes == len(values) else float(2 * ayes > len(values))


async def _scored(member: Judged, sample: Sample) -> Score:
    return await member.score(sample)
