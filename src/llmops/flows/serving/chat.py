"""From a question to an answer: guard, retrieve, pack, render, ask, cite, guard.

A `Responder` holds one resolved version of an app (or of a prompt with a model) from start to end of each answer, so no
answer ever mixes two versions, and every reply carries the digests of all that produced it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops.core.errors import InputError, ModelError
from llmops.core.hashing import Json
from llmops.core.names import new_id
from llmops.domain.corpus import Context
from llmops.domain.interaction import ChatReply, ChatRequest, Message, Reply, Usage
from llmops.domain.ports import ChatModel, Filters, Retriever
from llmops.domain.spending import count_call
from llmops.domain.verdict import Verdict
from llmops.flows.guarding import blocked_reply, guard_inputs, guard_reply, parse_data
from llmops.flows.serving.filters import FILTERS, read_filters
from llmops.flows.serving.turns import read_turns, split_at_question
from llmops.guard.once import is_looking
from llmops.rag.context import find_citations, find_unknown
from llmops.registry.prompts import Prompt

if TYPE_CHECKING:
    from llmops.domain.corpus import Hits
    from llmops.guard.policy import Policy


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is ready to be asked: what the model is sent, where it came from, what the guard said of it, and the policy
    that looks at the answer, None where nobody does or somebody further out; and what retrieval found, where it was asked."""

    request: ChatRequest
    refs: Mapping[str, str]
    verdicts: tuple[Verdict, ...]
    policy: "Policy | None"
    hits: "Hits | None" = None

    @property
    def spent(self) -> Usage:
        """What models took before the question was asked."""
        return self.hits.usage if self.hits is not None else Usage()


@dataclass(frozen=True, slots=True)
class Responder:
    """Answers with one pinned prompt, retriever and model; `models` are tried in order, the fallbacks after the first.

    `policy` looks at what comes in before anything else does, and at the answer, unless a guarded service around it looks with
    the same one already. `refs` maps `app`, `prompt`, `rag`, `policy`, `model` to digests or names; replies add `generation`
    and `sequence`.
    """

    prompt: Prompt
    models: Sequence[tuple[str, ChatModel]]
    parameters: Mapping[str, Json] = field(default_factory=dict)
    retriever: Retriever | None = None
    policy: "Policy | None" = None
    block_message: str = ""
    refs: Mapping[str, str] = field(default_factory=dict)

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Answer the inputs of the prompt; retrieval asks with `question`, or with the last user message of `messages`."""
        return await self.respond(inputs, repeat=repeat)

    async def respond(
        self, inputs: Mapping[str, Json], *, contexts: Sequence[Context] | None = None, repeat: int = 0
    ) -> Reply:
        """Answer, with `contexts` in place of retrieval where they are given.

        Raises:
            RenderError: an input is missing, unknown or of the wrong type.
            ModelError: neither the model nor a fallback answered.
        """
        asked = await self.prepare(inputs, contexts=contexts, repeat=repeat)
        if isinstance(asked, Reply):
            return asked
        chat, is_fallback = await self._ask(asked.request)
        return await self.finish(asked, chat, is_fallback=is_fallback)

    async def prepare(
        self, inputs: Mapping[str, Json], *, contexts: Sequence[Context] | None = None, repeat: int = 0
    ) -> "Asked | Reply":
        """What the model is to be asked; or the reply in its place, where the policy blocks what came in."""
        values = dict(inputs)
        filters = self._filters(values)  # before the guard, which must not change whom an answer is for
        history = read_turns(values.pop("messages", ()))
        verdicts: tuple[Verdict, ...] = ()
        policy = self.policy if self.policy is not None and not is_looking(self.policy.digest) else None
        if policy is not None:
            guarded = await guard_inputs(policy, values, history)
            values, history, verdicts = guarded.values, guarded.history, guarded.verdicts
            if guarded.is_blocked:
                return blocked_reply(verdicts, self.block_message, self.refs)
        hits: Hits | None = None
        if contexts is None and self.retriever is not None:
            question, before = question_of(values, history), split_at_question(history)[0]
            hits = await self._retrieve(question, filters, before, repeat)
            contexts = hits.contexts
        request = self._request(values, history, contexts or (), repeat)
        found = {} if hits is None else {"generation": hits.generation, "sequence": str(hits.sequence)}
        return Asked(request, {**self.refs, **found}, verdicts, policy, hits)

    async def finish(self, asked: "Asked", chat: ChatReply, *, is_fallback: bool) -> Reply:
        """The reply that a model's answer becomes, once the policy has looked at it."""
        reply = self.reply(asked, chat, is_fallback=is_fallback)
        return (
            reply if asked.policy is None else await guard_reply(asked.policy, reply, asked.request, self.block_message)
        )

    def reply(self, asked: "Asked", chat: ChatReply, *, is_fallback: bool) -> Reply:
        """What a model answered, with everything that produced it; no guard has seen it yet."""
        request = asked.request
        return Reply(
            id=new_id("reply"),
            text=chat.text,
            data=parse_data(chat.text) if request.output else None,
            contexts=request.contexts,
            citations=find_citations(chat.text, request.contexts),
            unknown_citations=find_unknown(chat.text, len(request.contexts)),
            is_stale=asked.hits is not None and asked.hits.is_stale,
            tool_calls=chat.tool_calls,
            usage=asked.spent + chat.usage,
            finish_reason=chat.finish_reason,
            model=chat.model,
            fingerprint=chat.fingerprint,
            cached=chat.cached,
            at=chat.at or (None if chat.cached else datetime.now(UTC)),
            fallback=is_fallback,
            logprobs=tuple(token.logprob for token in chat.tokens),
            verdicts=asked.verdicts,
            refs=dict(asked.refs),
        )

    def _filters(self, values: dict[str, Json]) -> Filters | None:
        """Take the filters out of the inputs, unless the prompt asks for them too."""
        filters = read_filters(values)
        if FILTERS not in self.prompt.inputs:
            values.pop(FILTERS, None)
            if filters and self.retriever is None:
                raise InputError(
                    f"there is nothing to filter by {', '.join(sorted(filters))}: this app retrieves nothing",
                    hint="Leave the filters out, or give the app a `rag`.",
                )
        return filters

    def _request(
        self, values: dict[str, Json], history: list[Message], contexts: Sequence[Context], repeat: int
    ) -> ChatRequest:
        """What the model is asked."""
        question = question_of(values, history)
        since: list[Message] = []  # turns after the question: tool calls, and what the tools answered
        if history and "question" in self.prompt.inputs and "question" not in values:
            values["question"], (history, since) = question, split_at_question(history)
        found = tuple(contexts)
        if "contexts" in self.prompt.inputs:
            values["contexts"] = [_as_value(context, number) for number, context in enumerate(found, 1)]
        return ChatRequest(
            model=self.models[0][0],
            messages=(*self.prompt.render(history=history, **values), *since),
            parameters=dict(self.parameters),
            tools=self.prompt.spec.tools,
            output=self.prompt.spec.output,
            question=question,
            contexts=found,
            repeat=repeat,
        )

    async def _retrieve(
        self, question: str, filters: Filters | None, history: Sequence[Message], repeat: int
    ) -> "Hits":
        if not question:
            raise InputError(
                "retrieval has no question to search with",
                hint="Pass the input `question`, or `messages` ending in a user turn.",
            )
        assert self.retriever is not None
        return await self.retriever.retrieve(question, filters=filters, history=history, repeat=repeat)

    async def _ask(self, request: ChatRequest) -> tuple[ChatReply, bool]:
        """Try the models in order, and say whether it was not the first; raises the error of the last one."""
        failures: list[ModelError] = []
        for name, model in self.models:
            try:
                chat = await model.chat(
                    request if name == request.model else request.model_copy(update={"model": name})
                )
            except ModelError as error:
                failures.append(error)
                continue
            if not chat.cached:
                count_call(chat.usage)
            return chat, bool(failures)
        raise failures[-1]


def question_of(inputs: Mapping[str, Json], history: Sequence[Message] = ()) -> str:
    """What retrieval asks with: the input `question`, the only text input, or the last user turn of the history."""
    if isinstance(inputs.get("question"), str):
        return str(inputs["question"])
    texts = [value for value in inputs.values() if isinstance(value, str)]
    if len(texts) == 1:
        return texts[0]
    return next((turn.content for turn in reversed(history) if turn.role == "user"), "")


def _as_value(context: Context, number: int) -> Json:
    """A context as a template sees it: `number` is what `[n]` in the answer points to."""
    return {
        "number": number,
        "id": context.id,
        "text": context.text,
        "score": context.score,
        "metadata": context.metadata,
    }
