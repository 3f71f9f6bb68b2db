"""Judged scorers of relevance: of the answer to the question, of the contexts to the answer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from llmops.core.arguments import SERVICE
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case, Score
from llmops.domain.ports import Embedder, Sample
from llmops.evals.hearing import Hearing, together
from llmops.evals.scorers.judged.definition import Judged, share
from llmops.evals.scorers.judged.reading import context_texts, question_of, reference_of
from llmops.measures.ranking import average_precision

QUESTIONS: Final = 3  # that the judge writes for an answer

_EDGES: Final = re.compile(r"^(?:the|a|an)\s+|^\W+|\W+$", re.IGNORECASE)


@dataclass(frozen=True)
class AnswerRelevancy(Judged):
    """Measure how directly the answer answers the question.

    Definition: three times the judge writes the question that the output answers, without seeing the one that was asked, and
    says whether the output is non-committal; the mean cosine of the three with the question, negative values as 0; 0 where
    all three say that it is non-committal. It says nothing about whether the answer is right.
    Range: 0 to 1; higher is better. Empty input: a blank output: 0; no question among the inputs: not applicable.
    Source: Es et al. (2023, arXiv:2309.15217), answer relevance; the workspace's embedding model is part of the identity.
    Judge calls: 3 a draw.
    """

    embedder: Callable[[], Embedder] = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    name = "answer_relevancy"
    prompts = ("judge/answer_relevancy",)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One for each question."""
        return QUESTIONS if question_of(case.inputs).strip() else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Have three questions written, and compare them with the one that was asked."""
        asked = question_of(sample.inputs).strip()
        if not asked:
            return Score.not_applicable("no question among the inputs")
        if not sample.output.strip():
            return Score(value=0.0, reason="the output is empty")
        found = await together(
            *(
                hearing.ask(self.prompts[0], {"answer": sample.output}, complaint=_no_question, part=part)
                for part in range(QUESTIONS)
            )
        )
        written = [verdict.value for verdict in found]
        if all(value["noncommittal"] for value in written):
            return Score(value=0.0, label="noncommittal", reason="the output is non-committal")
        vectors = await self.embedder().embed([asked, *(value["question"] for value in written)])
        value = float((vectors[1:] @ vectors[0]).mean())
        return Score(value=min(1.0, max(0.0, value)), reason=f"it answers: {written[0]['question'][:200]!r}")

    def dependencies(self) -> dict[str, Json]:
        """Return judge and embedder."""
        return {**super().dependencies(), "embedder": self.embedder().identity}


@dataclass(frozen=True)
class ContextPrecision(Judged):
    """Measure whether the useful contexts come first.

    Definition: the judge says of each context whether it was useful for arriving at the first of `expectations.answer`; the
    mean, over the useful ones, of the share of useful ones up to their rank.
    Range: 0 to 1; higher is better. Empty input: 0 where no context is useful, or there is none; no `expectations.answer`:
    not applicable.
    Source: Ragas (Es et al. 2023), context precision: average precision with the judge's verdicts as relevance.
    Judge calls: one for each context a draw.
    """

    name = "context_precision"
    prompts = ("judge/usefulness",)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One for each context."""
        return contexts if reference_of(case) else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Judge each context against the expected answer."""
        reference = reference_of(sample)
        if not reference:
            return Score.not_applicable("no expectations.answer")
        return await _precision(hearing, sample, reference)


@dataclass(frozen=True)
class ContextUtilisation(Judged):
    """Measure whether the contexts that the answer draws on come first.

    Definition: as `context_precision`, with the output in place of the expected answer: the judge says of each context
    whether it was useful for arriving at the output.
    Range: 0 to 1; higher is better. Empty input: 0 where no context is useful, or there is none, or the output is blank.
    Source: Ragas (Es et al. 2023), context utilization.
    Judge calls: one for each context a draw.
    """

    name = "context_utilisation"
    prompts = ("judge/usefulness",)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One for each context."""
        return contexts

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Judge each context against the output."""
        if not sample.output.strip():
            return Score(value=0.0, reason="the output is empty")
        return await _precision(hearing, sample, sample.output)


@dataclass(frozen=True)
class ContextRecall(Judged):
    """Measure how much of the expected answer the contexts hold.

    Definition: the judge splits the first of `expectations.answer` into sentences, and says for each whether it can be
    attributed to the contexts; the share that can.
    Range: 0 to 1; higher is better. Empty input: no contexts: 0; no `expectations.answer`, or one without sentences: not
    applicable.
    Source: Ragas (Es et al. 2023), context recall.
    Judge calls: 2 a draw.
    """

    name = "context_recall"
    prompts = ("judge/sentences", "judge/context_recall")

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One to split, one to judge."""
        return 2 if reference_of(case) else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """Split the expected answer, and look for its sentences in the contexts."""
        reference, contexts = reference_of(sample), context_texts(sample)
        if not reference:
            return Score.not_applicable("no expectations.answer")
        if not contexts:
            return Score(value=0.0, reason="there are no contexts")
        sentences = await hearing.texts("judge/sentences", "sentences", {"text": reference})
        if not sentences:
            return Score.not_applicable("the expected answer has no sentences")
        found = await hearing.rule("judge/context_recall", sentences, {"contexts": contexts}, key="sentences")
        return share(found, "sentences attributable", sentences)


@dataclass(frozen=True)
class ContextEntityRecall(Judged):
    """Measure how many of the entities that the expected answer names stand in the contexts.

    Definition: the judge lists the entities of the first of `expectations.answer` and those of the contexts; the share of
    the former that are among the latter, after lower-casing and dropping articles and punctuation at the ends.
    Range: 0 to 1; higher is better. Empty input: no contexts: 0; no `expectations.answer`, or one that names no entities:
    not applicable.
    Source: Ragas (Es et al. 2023), context entities recall.
    Judge calls: 2 a draw.
    """

    name = "context_entity_recall"
    prompts = ("judge/entities",)

    def judge_calls(self, case: Case, contexts: int) -> int:
        """One for the answer, one for the contexts."""
        return 2 if reference_of(case) else 0

    async def draw(self, hearing: Hearing, sample: Sample) -> Score:
        """List the entities on both sides and compare."""
        reference, contexts = reference_of(sample), context_texts(sample)
        if not reference:
            return Score.not_applicable("no expectations.answer")
        wanted = _normalised(await hearing.texts("judge/entities", "entities", {"text": reference}))
        if not wanted:
            return Score.not_applicable("the expected answer names no entities")
        if not contexts:
            return Score(value=0.0, reason="there are no contexts")
        named = _normalised(await hearing.texts("judge/entities", "entities", {"text": "\n\n".join(contexts)}))
        return share([entity in named for entity in wanted], "entities in the contexts", list(wanted))


async def _precision(hearing: Hearing, sample: Sample, answer: str) -> Score:
    """Average precision of the contexts, with the judge's verdicts as relevance."""
    question, contexts = question_of(sample.inputs), context_texts(sample)
    found = await together(
        *(
            hearing.ask("judge/usefulness", {"question": question, "context": context, "answer": answer}, part=rank)
            for rank, context in enumerate(contexts)
        )
    )
    useful = {str(rank): 1.0 for rank, verdict in enumerate(found) if verdict.value["verdict"] == "yes"}
    reason = f"useful: {len(useful)} of {len(contexts)} contexts"
    if not useful:
        return Score(value=0.0, reason=reason)
    return Score(value=average_precision([str(rank) for rank in range(len(contexts))], useful), reason=reason)


def _no_question(value: Json) -> str:
    return "" if value["question"].strip() else "the question is blank"


def _normalised(entities: Sequence[str]) -> dict[str, None]:
    """Entities as they are compared, each once, in their order."""
    found: dict[str, None] = {}
    for entity in entities:
        text = " ".join(entity.lower().split())
        while (shorter := _EDGES.sub("", text)) != text:
            text = shorter
        if text:
            found[text] = None
    return found
