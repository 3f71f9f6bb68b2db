"""Retrieval alone as a target: `{rag: name}`. The contexts are the answer; nothing is generated, so the output is empty."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import new_id
from llmops.domain.interaction import Reply
from llmops.domain.ports import Retriever
from llmops.flows.serving.chat import question_of
from llmops.flows.serving.filters import FILTERS, read_filters
from llmops.flows.serving.turns import read_turns, split_at_question


@dataclass(frozen=True, slots=True)
class RetrievalTarget:
    """Searches an index with the question of a case; `refs` are the digests behind it."""

    name: str
    retriever: Retriever
    refs: Mapping[str, str] = field(default_factory=dict)

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Retrieve contexts.

        Raises:
            InputError: the inputs hold no question, or not the filters that retrieval needs.
        """
        values = dict(inputs)
        filters = read_filters(values)
        values.pop(FILTERS, None)
        history = read_turns(values.pop("messages", ()))
        question = question_of(values, history)
        if not question:
            raise InputError(
                f"{self.name} has no question to search with",
                hint="Give cases the input `question`, or `messages` with a user turn.",
            )
        started = time.perf_counter()
        hits = await self.retriever.retrieve(
            question, filters=filters, history=split_at_question(history)[0], repeat=repeat
        )
        return Reply(
            id=new_id("reply"),
            text="",
            contexts=hits.contexts,
            usage=hits.usage.model_copy(update={"latency": time.perf_counter() - started, "first_token": None}),
            model=self.name,
            at=datetime.now(UTC),
            refs={**self.refs, "generation": hits.generation, "sequence": str(hits.sequence)},
        )
