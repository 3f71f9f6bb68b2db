"""The same answer, piece by piece: what may be shown is given out while the model still writes.

The policy's streaming guard decides what that is: exactly what it would have let through at once (`guard.protocol` has the
invariant). Checks of whole texts and slow ones look beside and at the end; they can end an answer but not take back what was
shown. The reply that comes last is the one that `ask` gives.
"""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops.core.errors import ModelError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import ChatReply, ChatRequest, Reply, Usage
from llmops.domain.ports import ChatModel
from llmops.domain.spending import count_call
from llmops.domain.streaming import Event, StreamingModel
from llmops.flows.guarding import stopped_reply, system_of
from llmops.flows.serving.chat import Asked, Responder

if TYPE_CHECKING:
    from llmops.domain.verdict import Outcome
    from llmops.guard.streaming import TextStream
    from llmops.guard.watching import Watch


async def stream_answer(
    responder: Responder, inputs: Mapping[str, Json], *, contexts: Sequence[Context] | None = None
) -> AsyncGenerator[Event, None]:
    """The events of one answer. Closing it ends the request to the model.

    A fallback answers only as long as no text of another model has been given out. A blocked answer ends with a reply whose text
    is the block message, which is no text event: it stands in place of whatever was shown.

    Raises:
        RenderError: an input is missing, unknown or of the wrong type.
        ModelError: neither the model nor a fallback answered, or one broke off after text had been given out.
    """
    asked = await responder.prepare(inputs, contexts=contexts)
    for verdict in asked.verdicts:
        yield Event("verdict", verdict=verdict)
    if isinstance(asked, Reply):
        yield Event("reply", reply=asked)
        return
    failures: list[ModelError] = []
    for name, model in responder.models:
        answer = _Answer(asked)
        try:
            async with aclosing(answer.pieces(name, model)) as pieces:
                async for piece in pieces:
                    yield Event("text", text=piece)
        except ModelError as error:
            if answer.shown:
                raise _broken_off(error, answer.shown) from error
            failures.append(error)
            continue
        for event in await _last_events(responder, answer, is_fallback=bool(failures)):
            yield event
        return
    raise failures[-1]


async def _last_events(responder: Responder, answer: "_Answer", *, is_fallback: bool) -> list[Event]:
    """What comes after the text: the verdict on all of it, whole tool calls, the reply."""
    asked = answer.asked
    if answer.stopped_by is not None:
        assert asked.policy is not None
        verdict = asked.policy.verdict("output", [answer.stopped_by], answer.text)
        whole = responder.reply(asked, answer.so_far(), is_fallback=is_fallback)
        reply = stopped_reply(whole, verdict, responder.block_message)
    else:
        assert answer.chat is not None
        if not answer.chat.cached:
            count_call(answer.chat.usage)
        reply = await responder.finish(asked, answer.chat, is_fallback=is_fallback)
    verdicts = [Event("verdict", verdict=verdict) for verdict in reply.verdicts[len(asked.verdicts) :]]
    calls = [Event("tool_call", tool_call=call) for call in reply.tool_calls]
    return [*verdicts, *calls, Event("reply", reply=reply)]


@dataclass(slots=True)
class _Answer:
    """One model's answer to a question while it is written. `shown` counts the characters that were given out."""

    asked: Asked
    chat: ChatReply | None = None
    shown: int = 0
    model: str = ""
    began: float = 0.0
    first: float | None = None
    _parts: list[str] = field(default_factory=list, repr=False)
    _stream: "TextStream | None" = field(default=None, repr=False)
    _watch: "Watch | None" = field(default=None, repr=False)

    async def pieces(self, name: str, model: ChatModel) -> AsyncGenerator[str, None]:
        """The pieces that may be shown, until the answer has ended or a check has stopped it."""
        self.model, self.began = name, time.perf_counter()
        policy = self.asked.policy
        if policy is not None:
            from llmops.guard.watching import Watch

            self._stream = policy.stream()
            texts = [context.text for context in self.asked.request.contexts]
            self._watch = Watch(policy, texts, system_of(self.asked.request), question=self.asked.request.question)
        request = self.asked.request.model_copy(update={"model": name})
        try:
            async with aclosing(_written(model, request)) as written:
                async for piece in written:
                    if isinstance(piece, ChatReply):
                        self.chat = piece
                        break
                    self._parts.append(piece)
                    self.first = self.first or time.perf_counter() - self.began
                    if shown := await self._released(piece):
                        self.shown += len(shown)
                        yield shown
                    if self.stopped_by is not None:
                        return
        finally:
            if self._watch is not None:
                self._watch.close()
        if self._stream is not None and (rest := await self._rest(self._stream)):
            self.shown += len(rest)
            yield rest

    @property
    def text(self) -> str:
        """What the model has written so far."""
        return "".join(self._parts)

    @property
    def stopped_by(self) -> "Outcome | None":
        """The outcome of the check that stopped the answer."""
        return self._stream.stopped if self._stream is not None else None

    def so_far(self) -> ChatReply:
        """What is known of an answer that was broken off: its tokens and what it cost are not."""
        usage = Usage(latency=time.perf_counter() - self.began, first_token=self.first)
        return self.chat or ChatReply(text=self.text, model=self.model, usage=usage, at=datetime.now(UTC))

    async def _released(self, piece: str) -> str:
        from llmops.guard.aside import INLINE, run_aside

        stream, watch = self._stream, self._watch
        if stream is None or watch is None:
            return piece
        is_long = stream.held + len(piece) > INLINE
        shown = await run_aside(stream.feed, piece) if is_long else stream.feed(piece)
        watch.follow(stream)
        return shown

    async def _rest(self, stream: "TextStream") -> str:
        from llmops.guard.aside import INLINE, run_aside

        return await run_aside(stream.finish) if stream.held > INLINE else stream.finish()


async def _written(model: ChatModel, request: ChatRequest) -> AsyncGenerator[str | ChatReply, None]:
    """An answer in pieces, the whole of it last; in one piece from a model that gives none."""
    if isinstance(model, StreamingModel):
        async with aclosing(model.stream(request)) as pieces:
            async for piece in pieces:
                yield piece
        return
    chat = await model.chat(request)
    if chat.text:
        yield chat.text
    yield chat


def _broken_off(error: ModelError, shown: int) -> ModelError:
    return ModelError(
        f"{error.message} ({shown:,} characters had been given out)",
        hint=f"No fallback takes over in the middle of an answer. {error.hint}",
        status=error.status,
        retry_after=error.retry_after,
    )
