"""Judged scorers of facts: against an expected answer, or against the text that is summed up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from llmops.core.arguments import SERVICE
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case, Score
from llmops.domain.ports import Embedder, Sample
from llmops.evals.hearing import Hearing, together
from llmops.evals.scorers.judged.definition import Judged
from llmops.evals.scorers.judged.grounding import STATEMENTS, SUPPORT, split
from llmops.evals.scorers.judged.reading import question_of, reference_of

Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Choice: TypeAlias = Literal["subset", "superset", "same", "disagree", "immaterial"]

CHOICES: Final[Mapping[Choice, float]] = {
    "subset": 0.4, "superset": 0.6, "same": 1.0, "disagree": 0.0, "immaterial": 1.0,
}  # fmt: skip
SOURCES: Final = ("source", "text", "document", "article", "transcript")


@dataclass(frozen=True)
class Correctness(Judged):
    """Measure how far the answer says what is expected, and nothing else.

    Definition: the judge splits the output and the first of `expectations.answer` into statements, and says for each
    statement of one side whether the other says the same. Precision is the share of the output's statements that do, recall
    the share of the expected ones; F is (1 + b²) P R / (b² P + R) with b = `beta`, so that 2 lets recall count twice.
    `similarity`, 0 by default, is the share that the cosine of the two whole texts has in the score, such as 0.25.
    Range: 0 to 1; higher is better. Empty input: an output without statements has F = 0, with the label `no_claims`; no
    `expectations.answer`, or one without statements: not applicable.
    Source: Ragas (Es et al. 2023), answer correctness, with both sides judged; precision and recall are among the details.
    Judge calls: 4 a draw.
    """

    beta: Annotated[float, Field(gt=0, le=10)] = 1.0
    similarity: Share = 0.0
    embedder: Callable[[], Embedder] = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    name = "correctness"
    prompts = (STATEMENTS, "judge/correctness")

    def judge_calls(self, case: Case, contexts: int) -> int:
        """Two to split, two to judge."""
        return 4 if reference_of(case) else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Compare the statements of both sides, both ways."""
        reference, question = reference_of(sample), question_of(sample.inputs)
        if not reference:
            return Score.not_applicable("no expectations.answer")
        claims, expected = await together(split(hearing, question, sample.output), split(hearing, question, reference))
        if not expected:
            return Score.not_applicable("the expected answer claims nothing")
        if not claims:
            return Score(value=0.0, label="no_claims", reason="the output claims nothing")
        right, covered = await together(
            hearing.rule("judge/correctness", claims, {"question": question, "text": reference}),
            hearing.rule("judge/correctness", expected, {"question": question, "text": sample.output}),
        )
        precision, recall = sum(right) / len(right), sum(covered) / len(covered)
        value = f_beta(precision, recall, self.beta)
        if self.similarity:
            vectors = await self.embedder().embed([sample.output, reference])
            cosine = min(1.0, max(0.0, float(vectors[0] @ vectors[1])))
            value = (1 - self.similarity) * value + self.similarity * cosine
        reason = (
            f"{sum(right)} of {len(right)} statements right, {sum(covered)} of {len(covered)} expected ones covered"
        )
        return Score(value=value, reason=reason, details={"precision": precision, "recall": recall})

    def dependencies(self) -> dict[str, Json]:
        """Return the judge, and the embedder where it has a share."""
        own = {"embedder": self.embedder().identity} if self.similarity else {}
        return {**super().dependencies(), **own}


@dataclass(frozen=True)
class Factuality(Judged):
    """Tell how the facts of the answer relate to those of an expert's answer.

    Definition: the judge chooses whether the output is, in its facts, a subset or a superset of the first of
    `expectations.answer`, the same, in disagreement, or different in what is immaterial. `mapping` gives each choice its
    number; what it leaves out keeps subset 0.4, superset 0.6, same 1, disagree 0, immaterial 1. The choice is the score's
    label, and the mapping stands in its reason.
    Range: 0 to 1; higher is better. Empty input: a blank output is judged like any other; no `expectations.answer`: not
    applicable.
    Source: OpenAI evals' `fact`, with the numbers of autoevals' Factuality.
    Judge calls: 1 a draw.
    """

    mapping: dict[Choice, Share] = field(default_factory=dict)
    name = "factuality"
    prompts = ("judge/factuality",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mapping", {**CHOICES, **self.mapping})

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to choose."""
        return 1 if reference_of(case) else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Have the judge choose."""
        reference, question = reference_of(sample), question_of(sample.inputs)
        if not reference:
            return Score.not_applicable("no expectations.answer")
        values = {"question": question, "answer": sample.output, "reference": reference}
        found = (await hearing.ask("judge/factuality", values)).value
        told = ", ".join(f"{choice} {number:g}" for choice, number in self.mapping.items())
        choice: Choice = found["choice"]
        return Score(value=self.mapping[choice], label=choice, reason=f"{choice} ({told}): {found['reason'][:300]}")


@dataclass(frozen=True)
class SummaryQuality(Judged):
    """Measure whether a summary says what the text says, and the main points of it.

    Definition: the lower one of alignment and coverage. Alignment is the share of the summary's statements that can be
    inferred from the text. For coverage the judge writes `questions` closed questions that the text answers with yes; it
    is the share of them that the summary answers with yes too. `source` names the input that holds the text; without it
    the text is the input `source`, `text`, `document`, `article` or `transcript`, or the only text among the inputs.
    Range: 0 to 1; higher is better. Empty input: a blank summary: 0; one without statements is missing, with the label
    `no_claims`; no text among the inputs: not applicable.
    Source: QAGS (Wang et al. 2020, arXiv:2004.04228), with DeepEval's minimum of the two; both are among the details.
    Judge calls: 4 a draw.
    """

    questions: Annotated[int, Field(ge=1, le=50)] = 5
    source: str = ""
    name = "summary_quality"
    prompts = (STATEMENTS, SUPPORT, "judge/questions", "judge/answerable")

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to split, one to judge, one to ask, one to answer."""
        return 4 if self._text(case.inputs) else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Judge alignment and coverage."""
        text = self._text(sample.inputs)
        if not text:
            return Score.not_applicable(f"no text in inputs.{self.source or 'source'}")
        if not sample.output.strip():
            return Score(value=0.0, reason="the summary is empty")
        claims, questions = await together(split(hearing, "", sample.output), self._questions(hearing, text))
        if not claims:
            return Score(status="missing", label="no_claims", reason="the summary claims nothing")
        aligned, answered = await together(
            hearing.rule(SUPPORT, claims, {"contexts": [text]}),
            hearing.rule("judge/answerable", questions, {"text": sample.output}, key="questions"),
        )
        alignment, coverage = sum(aligned) / len(aligned), sum(answered) / len(answered)
        reason = f"{sum(aligned)} of {len(aligned)} statements follow from the text, "
        reason += f"{sum(answered)} of {len(answered)} questions are answered"
        details = {"alignment": alignment, "coverage": coverage}
        return Score(value=min(alignment, coverage), reason=reason, details=details)

    async def _questions(self, hearing: Hearing, text: str) -> list[str]:
        def miscounted(value: Json) -> str:
            found = value["questions"]
            return "" if len(found) == self.questions else f"there are {len(found)} questions, not {self.questions}"

        values = {"text": text, "count": self.questions}
        found = (await hearing.ask("judge/questions", values, complaint=miscounted)).value["questions"]
        return [str(question) for question in found]

    def _text(self, inputs: Mapping[str, Json]) -> str:
        texts = {name: value for name, value in inputs.items() if isinstance(value, str) and value.strip()}
        for name in (self.source,) if self.source else SOURCES:
            if name in texts:
                return texts[name]
        return next(iter(texts.values())) if len(texts) == 1 and not self.source else ""


def f_beta(precision: float, recall: float, beta: float) -> float:
    """The weighted harmonic mean of precision and recall (van Rijsbergen 1979); 0 where both are."""
    if precision + recall == 0:
        return 0.0
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)
