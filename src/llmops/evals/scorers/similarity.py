"""Scorers of meaning, by sentence embeddings: no model is asked, one embedding call a case."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from llmops.core.arguments import SERVICE
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Embedder, Sample
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.expectations import accepted_texts
from llmops.text.support import SIMILARITY, WORDS, find_support, statements_in, statements_of


@dataclass(frozen=True)
class SemanticSimilarity(Definition):
    """Measure how near the output's meaning is to an acceptable answer's.

    Definition: the cosine of the two texts' embeddings, negative values as 0; the highest over `expectations.answer` where
    it is a list. The embedding model reads only its first tokens of a long text; the reason says when it left something
    out.
    Range: 0 to 1; higher is better. Empty input: 1 where output and an answer are both blank, 0 where the output is and
    no answer; no `expectations.answer`: not applicable.
    Source: Reimers & Gurevych (2019, arXiv:1908.10084); the workspace's embedding model, which is part of the identity.
    """

    embedder: Callable[[], Embedder] = field(repr=False, compare=False, metadata={SERVICE: True})
    name = "semantic_similarity"

    async def score(self, sample: Sample) -> Score:
        """Embed the output and the answers together and compare."""
        answers = accepted_texts(sample.expectations, "answer")
        if not answers:
            return Score.not_applicable("no expectations.answer")
        if not sample.output.strip():
            return Score(value=float(any(not answer.strip() for answer in answers)), reason="the output is empty")
        written = [answer for answer in answers if answer.strip()]
        if not written:
            return Score(value=0.0, reason="the output should be empty")
        embedder = self.embedder()
        vectors = await embedder.embed([sample.output, *written])
        value = float((vectors[1:] @ vectors[0]).max())
        return Score(value=min(1.0, max(0.0, value)), reason=_cut_off(embedder, sample.output))

    def dependencies(self) -> dict[str, Json]:
        """Return the embedder's identity."""
        return {"embedder": self.embedder().identity}


@dataclass(frozen=True)
class ContextSupport(Definition):
    """Measure how much of the answer has a like sentence in the contexts: a cheap stand-in for faithfulness.

    Definition: the share of the output's sentences for which one sentence of the contexts has both a cosine of at least
    `similarity` and at least the share `words` of the sentence's own words. It sees likeness, not truth: a negated or
    swapped statement counts as supported, and one put together from two sentences may not. Citation marks such as [1] are
    ignored.
    Range: 0 to 1; higher is better. Empty input: an output without sentences is missing, with the label `no_claims`; no
    contexts: 0.
    Source: the project's own; the workspace's embedding model is part of the identity.
    """

    similarity: Annotated[float, Field(ge=0, le=1)] = SIMILARITY
    words: Annotated[float, Field(ge=0, le=1)] = WORDS
    embedder: Callable[[], Embedder] = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    name = "context_support"

    async def score(self, sample: Sample) -> Score:
        """Embed the sentences of output and contexts together and look for support."""
        claims = statements_of(sample.output)
        if not claims:
            return Score(status="missing", label="no_claims", reason="the output has no sentences")
        evidence = statements_in(context.text for context in sample.contexts)
        if not evidence:
            return Score(value=0.0, reason="there are no contexts")
        supported = await find_support(self.embedder(), claims, evidence, similarity=self.similarity, words=self.words)
        unsupported = [claim for claim, found in zip(claims, supported, strict=True) if not found]
        reason = f"{len(claims) - len(unsupported)} of {len(claims)} sentences supported"
        if unsupported:
            reason += f"; not: {unsupported[0][:200]!r}"
        return Score(value=1 - len(unsupported) / len(claims), reason=reason)

    def dependencies(self) -> dict[str, Json]:
        """Return the embedder's identity."""
        return {"embedder": self.embedder().identity}


def _cut_off(embedder: Embedder, text: str) -> str:
    """What to say of a text that the embedder cannot read to its end; counting tokens only where it may matter."""
    if len(text) <= embedder.max_tokens:
        return ""
    tokens = len(embedder.token_spans(text))
    return f"the model read {embedder.max_tokens} of {tokens} tokens" if tokens > embedder.max_tokens else ""
