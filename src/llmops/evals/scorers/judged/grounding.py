"""Judged scorers of what the answer claims and what the contexts say: faithfulness, hallucination."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from llmops.domain.evaluation import Case, Score
from llmops.domain.ports import Sample
from llmops.evals.hearing import Hearing
from llmops.evals.scorers.judged.definition import Judged, nothing_to_judge, share
from llmops.evals.scorers.judged.reading import context_texts, question_of

STATEMENTS = "judge/statements"


@dataclass(frozen=True)
class Faithfulness(Judged):
    """Measure how much of what the answer claims follows from the contexts.

    Definition: the judge splits the output, read with the question, into self-contained statements, and says for each
    whether it can be inferred from the contexts; the share that can. What the contexts merely do not contradict is not
    supported. `no_claims` is the value of an output without statements, such as a refusal.
    Range: 0 to 1; higher is better. Empty input: an output without statements is missing, with the label `no_claims`,
    unless `no_claims` gives it a value; no contexts: 0.
    Source: Es et al. (2023, arXiv:2309.15217), faithfulness.
    Judge calls: 2 a draw.
    """

    no_claims: Annotated[float, Field(ge=0, le=1)] | None = None
    name = "faithfulness"
    prompts = (STATEMENTS, "judge/faithfulness")

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to split, one to judge."""
        return 2

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Split the output into statements, and judge each."""
        claims = await statements(hearing, sample)
        if not claims:
            return nothing_to_judge("no_claims", "the output claims nothing", self.no_claims)
        contexts = context_texts(sample)
        if not contexts:
            return Score(value=0.0, reason="there are no contexts")
        supported = await hearing.rule("judge/faithfulness", claims, {"contexts": contexts})
        return share(supported, "statements supported", claims)


@dataclass(frozen=True)
class Hallucination(Judged):
    """Measure how much of what the answer claims is contradicted by the contexts.

    Definition: the judge splits the output, read with the question, into self-contained statements, and says for each
    whether the contexts contradict it; the share that they do. Statements that the contexts neither support nor contradict
    lower `faithfulness` and do not count here. `no_claims` is the value of an output without statements.
    Range: 0 to 1; lower is better. Empty input: an output without statements is missing, with the label `no_claims`,
    unless `no_claims` gives it a value; no contexts: 0, as there is nothing to contradict it.
    Source: the project's own, after the contradiction test of Honovich et al. (2022, arXiv:2204.04991).
    Judge calls: 2 a draw.
    """

    no_claims: Annotated[float, Field(ge=0, le=1)] | None = None
    name = "hallucination"
    direction = "lower"
    prompts = (STATEMENTS, "judge/hallucination")

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to split, one to judge."""
        return 2

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Split the output into statements, and judge each."""
        claims = await statements(hearing, sample)
        if not claims:
            return nothing_to_judge("no_claims", "the output claims nothing", self.no_claims)
        contexts = context_texts(sample)
        if not contexts:
            return Score(value=0.0, reason="there are no contexts that could contradict it")
        contradicted = await hearing.rule("judge/hallucination", claims, {"contexts": contexts})
        wrong = [claim for claim, found in zip(claims, contradicted, strict=True) if found]
        reason = f"{len(wrong)} of {len(claims)} statements contradicted" + (f": {wrong[0][:200]!r}" if wrong else "")
        return Score(value=len(wrong) / len(claims), reason=reason)


async def statements(hearing: Hearing, sample: Sample) -> list[str]:
    """What the output claims, as self-contained statements; a blank one claims nothing."""
    return await split(hearing, question_of(sample.inputs), sample.output)


async def split(hearing: Hearing, question: str, answer: str) -> list[str]:
    """The statements of an answer to a question."""
    if not answer.strip():
        return []
    return await hearing.texts(STATEMENTS, "statements", {"question": question, "answer": answer})
