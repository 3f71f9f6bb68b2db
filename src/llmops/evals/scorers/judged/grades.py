"""Judged scorers that grade an answer as a whole: by a rubric, or against another answer."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case, Score
from llmops.domain.ports import Sample
from llmops.evals.hearing import Hearing, together
from llmops.evals.scorers.expectations import accepted_texts
from llmops.evals.scorers.judged.definition import Judged
from llmops.evals.scorers.judged.probabilities import expected_grade
from llmops.evals.scorers.judged.reading import question_of, reference_of

Winner = Literal["first", "second", "tie"]


@dataclass(frozen=True)
class Rubric(Judged):
    """Grade the answer by criteria of your own.

    Definition: the judge follows `steps` and gives the output a whole number from `lowest` to `scale` for `criteria`; where
    the model gives the probabilities of its tokens, the mean of the numbers on the scale weighted by them
    (`probabilities: false` leaves that out); (grade - lowest) / (scale - lowest). Without `steps` the judge turns the
    criteria into steps once, before the first case; the report says them, and written into the suite they are part of its
    digest. `reference: true` shows the judge the first of `expectations.answer`.
    Range: 0 to 1; higher is better. Empty input: a blank output is graded like any other; with `reference`, no
    `expectations.answer`: not applicable.
    Source: G-Eval (Liu et al. 2023, arXiv:2303.16634).
    Judge calls: 1 a draw, and 1 a run where the suite has no steps.
    """

    criteria: str
    steps: tuple[str, ...] = ()
    scale: Annotated[int, Field(ge=1, le=100)] = 5
    lowest: Annotated[int, Field(ge=0, le=99)] = 1
    reference: bool = False
    probabilities: bool = True
    name = "rubric"
    prompts = ("judge/rubric", "judge/rubric_steps")

    def __post_init__(self) -> None:
        if not self.criteria.strip():
            raise InputError("criteria is blank", hint="rubric: {name: tone, criteria: Polite and plain.}")
        if self.lowest >= self.scale:
            raise InputError(
                f"lowest is {self.lowest} and scale {self.scale}",
                hint="Grades go from lowest up to scale, from 1 to 5.",
            )

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to grade."""
        return 1 if not self.reference or reference_of(case) else 0

    async def prepare(self) -> dict[str, Json]:
        """Have the steps written, where the suite has none."""
        if self.steps:
            return {}
        found = await Hearing(self.judge()).ask(
            "judge/rubric_steps", {"criteria": self.criteria.strip()}, complaint=_no_steps
        )
        return {"steps": tuple(str(step).strip() for step in found.value["steps"])}

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Have the output graded."""
        expected = reference_of(sample) if self.reference else ""
        if self.reference and not expected:
            return Score.not_applicable("no expectations.answer")
        values = {
            "criteria": self.criteria.strip(),
            "steps": list(self.steps),
            "lowest": self.lowest,
            "highest": self.scale,
            "question": question_of(sample.inputs),
            "answer": sample.output,
            "reference": expected,
        }
        verdict = await hearing.ask("judge/rubric", values, complaint=self._off_scale, weighted=self.probabilities)
        grade = verdict.value["score"]
        weighted = None
        if self.probabilities:
            weighted = expected_grade(verdict.reply.tokens, grade, self.lowest, self.scale)
        value = ((grade if weighted is None else weighted) - self.lowest) / (self.scale - self.lowest)
        told = f"{grade} of {self.scale}" if weighted is None else f"{grade} of {self.scale} (weighted {weighted:.2f})"
        return Score(value=value, reason=f"{told}: {verdict.value['reason'][:500]}", details={"grade": float(grade)})

    def _off_scale(self, value: Json) -> str:
        score = value["score"]
        on = self.lowest <= score <= self.scale
        return "" if on else f"the score {score} is off the scale from {self.lowest} to {self.scale}"


@dataclass(frozen=True)
class Pairwise(Judged):
    """Tell which of two answers is the better one.

    Definition: the judge compares the output with the text of the expectations that `against` names, once in each order: 1 if the
    output is the better one both times, 0 if the other is, 0.5 for a tie; where the two orders disagree it is a tie too.
    `criteria` says what better means, in place of more correct, helpful and to the point. Among the details, `flip_rate` is
    the share of cases in which the orders disagree, and `position_bias` is P(first wins) - 0.5 over all comparisons.
    Range: 0 to 1; higher is better. Empty input: two equal texts, blank ones too, are a tie without a call; no
    `expectations.<against>`: not applicable.
    Source: Zheng et al. (2023, arXiv:2306.05685), pairwise comparison with swapped positions.
    Judge calls: 2 a draw.
    """

    against: str = "answer"
    criteria: str = ""
    name = "pairwise"
    prompts = ("judge/pairwise",)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One for each order."""
        return 2 if accepted_texts(case.expectations, self.against) else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Compare in both orders."""
        others = accepted_texts(sample.expectations, self.against)
        if not others:
            return Score.not_applicable(f"no expectations.{self.against}")
        other = others[0]
        if sample.output.strip() == other.strip():
            return Score(value=0.5, label="tie", reason="both texts are the same")
        values = {"question": question_of(sample.inputs), "criteria": self.criteria.strip()}
        ours, theirs = await together(
            hearing.ask("judge/pairwise", {**values, "first": sample.output, "second": other}, part=0),
            hearing.ask("judge/pairwise", {**values, "first": other, "second": sample.output}, part=1),
        )
        return decide_pair(ours.value["better"], theirs.value["better"])


def decide_pair(ours_first: Winner, theirs_first: Winner) -> Score:
    """The score of two comparisons: one with our answer in the first place, one with the other answer there."""
    first_wins = {"first": 1.0, "tie": 0.5, "second": 0.0}
    ours, theirs = first_wins[ours_first], 1 - first_wins[theirs_first]  # how our answer fared
    bias = (first_wins[ours_first] + first_wins[theirs_first]) / 2 - 0.5
    details = {"flip_rate": float(ours != theirs), "position_bias": bias}
    if ours != theirs:
        reason = f"the orders disagree: {ours_first} with the output first, {theirs_first} with the other first"
        return Score(value=0.5, label="tie", reason=reason, details=details)
    label = {1.0: "win", 0.5: "tie", 0.0: "loss"}[ours]
    return Score(value=ours, label=label, reason=f"{label} in both orders", details=details)


def _no_steps(value: Json) -> str:
    steps = value["steps"]
    return "" if steps and all(str(step).strip() for step in steps) else "there is no step, or a blank one"
