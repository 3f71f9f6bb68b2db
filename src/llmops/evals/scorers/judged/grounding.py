"""Judged scorers of what the answer claims and what the contexts say."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from llmops.domain.evaluation import Case, Score
from llmops.domain.ports import Sample
from llmops.evals.hearing import Hearing, together
from llmops.evals.scorers.judged.definition import Judged, nothing_to_judge, share
from llmops.evals.scorers.judged.reading import context_texts, question_of, reference_of

STATEMENTS = "judge/statements"
SUPPORT = "judge/faithfulness"


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
    prompts = (STATEMENTS, SUPPORT)

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
        supported = await hearing.rule(SUPPORT, claims, {"contexts": contexts})
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


@dataclass(frozen=True)
class NoiseSensitivity(Judged):
    """Measure how much of what the answer claims is wrong and was taken from the contexts.

    Definition: the judge splits the output and the first of `expectations.answer` into statements. A statement of the output
    is wrong if it cannot be inferred from the expected answer. A context is relevant if a statement of the expected answer
    can be inferred from it. The share of the output's statements that are wrong and can be inferred from a relevant context
    (`mode: relevant`), or from irrelevant ones only (`mode: irrelevant`). `no_claims` is the value of an output without
    statements.
    Range: 0 to 1; lower is better. Empty input: an output without statements is missing, with the label `no_claims`, unless
    `no_claims` gives it a value; no contexts: 0; no `expectations.answer`, or one without statements: not applicable.
    Source: Ragas (Es et al. 2023) after RAGChecker (Ru et al. 2024, arXiv:2408.08067), noise sensitivity.
    Judge calls: up to 3 + 2 for each context a draw; 3 where nothing is wrong.
    """

    mode: Literal["relevant", "irrelevant"] = "relevant"
    no_claims: Annotated[float, Field(ge=0, le=1)] | None = None
    name = "noise_sensitivity"
    direction = "lower"
    prompts = (STATEMENTS, SUPPORT)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """Two to split, one to find what is wrong, two for each context."""
        return 3 + 2 * contexts if reference_of(case) and contexts else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Find what is wrong, and where it comes from."""
        reference, question, contexts = reference_of(sample), question_of(sample.inputs), context_texts(sample)
        if not reference:
            return Score.not_applicable("no expectations.answer")
        if not contexts and sample.output.strip():
            return Score(value=0.0, reason="there are no contexts to take anything from")
        claims, expected = await together(split(hearing, question, sample.output), split(hearing, question, reference))
        if not claims:
            return nothing_to_judge("no_claims", "the output claims nothing", self.no_claims)
        if not expected:
            return Score.not_applicable("the expected answer claims nothing")
        right = await hearing.rule(SUPPORT, claims, {"contexts": [reference]})
        wrong = [claim for claim, found in zip(claims, right, strict=True) if not found]
        if not wrong:
            return Score(value=0.0, reason=f"none of {len(claims)} statements is wrong")
        from_noise = await self._taken(hearing, wrong, expected, contexts)
        taken = [claim for claim, found in zip(wrong, from_noise, strict=True) if found]
        reason = f"{len(taken)} of {len(claims)} statements are wrong and from {self.mode} contexts"
        return Score(value=len(taken) / len(claims), reason=reason + (f": {taken[0][:200]!r}" if taken else ""))

    async def _taken(self, hearing: Hearing, wrong: list[str], expected: list[str], contexts: list[str]) -> list[bool]:
        """Whether each wrong statement comes from contexts of the mode."""
        rulings = await together(
            *(hearing.rule(SUPPORT, expected, {"contexts": [context]}) for context in contexts),
            *(hearing.rule(SUPPORT, wrong, {"contexts": [context]}) for context in contexts),
        )
        relevant = [any(found) for found in rulings[: len(contexts)]]
        sources = rulings[len(contexts) :]
        taken = []
        for index in range(len(wrong)):
            given_by = [is_relevant for is_relevant, found in zip(relevant, sources, strict=True) if found[index]]
            taken.append(any(given_by) if self.mode == "relevant" else bool(given_by) and not any(given_by))
        return taken


async def statements(hearing: Hearing, sample: Sample) -> list[str]:
    """What the output claims, as self-contained statements; a blank one claims nothing."""
    return await split(hearing, question_of(sample.inputs), sample.output)


async def split(hearing: Hearing, question: str, answer: str) -> list[str]:
    """The statements of an answer to a question."""
    if not answer.strip():
        return []
    return await hearing.texts(STATEMENTS, "statements", {"question": question, "answer": answer})
