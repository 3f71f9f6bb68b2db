"""One guarded request and its answer: what is checked of both, whole or in pieces, and what may go on."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from llmops.core.hashing import Json
from llmops.domain.verdict import Verdict
from llmops.guard.aside import INLINE, run_aside
from llmops.guard.bodies.deltas import Deltas, TextKey, deltas_of, is_bare
from llmops.guard.bodies.places import Place, Shape, calls_in, get, put, system_prompt
from llmops.guard.noting import Happening
from llmops.guard.policy import Policy
from llmops.guard.protocol import Called
from llmops.guard.streaming import TextStream
from llmops.guard.watching import Watch


class Blocked(Exception):  # named for what happened
    """A text must not go on."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.text)
        self.verdict = verdict


@dataclass(slots=True)
class Exchange:
    """A request with its answer under one version of a policy.

    `metadata` is what the service knows of it (user, session …); `asked` are the texts that came in, `answered` those that
    went out, and `shown` is what went out of a streamed answer, by text.
    """

    policy: Policy
    shape: Shape
    metadata: Mapping[str, Json] = field(default_factory=dict)
    contexts: Callable[[Json], Sequence[str]] = lambda body: ()
    verdicts: list[Verdict] = field(default_factory=list)
    shown: dict[TextKey, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    system: str = ""
    question: str = ""

    @property
    def blocked(self) -> bool:
        """Whether request or answer was stopped."""
        return any(verdict.blocked for verdict in self.verdicts)

    def happening(self) -> Happening:
        """What is written down of it; it goes on growing with it."""
        return Happening(self.policy, self.asked, self.answered, self.shown, self.verdicts, self.metadata)

    async def ask(self, body: Json) -> bool:
        """Check a request, redact it in place, and say whether that changed it.

        Raises:
            Blocked: it must not go on; the rest of it was not looked at.
        """
        self.system = system_prompt(body)
        changed = False
        for place in self.shape.asked(body):
            self.asked.append(get(body, place))
            changed |= self._take(await self._check_input(get(body, place)), body, place)
            self.question = get(body, place)
        return changed

    async def answer(self, body: Json) -> bool:
        """Check an answer, redact it in place, and say whether that changed it.

        Raises:
            Blocked: it must not go out.
        """
        changed = False
        contexts, calls = self.contexts(body), calls_in(body)
        for place in self.shape.answered(body):
            verdict = await self._check_output(get(body, place), contexts, calls)
            changed |= self._take(verdict, body, place)
            self.answered.append(get(body, place))
        if not any(True for _ in self.shape.answered(body)) and calls:
            self._note(await self._check_output("", contexts, calls))
        return changed

    async def answer_text(self, said: dict[str, str]) -> bool:
        """Check an answer that is one text, in place; `answer` for one without a shape.

        Raises:
            Blocked: it must not go out.
        """
        if not said:
            return False
        verdict = await self._check_output(said["text"], (), ())
        changed = self._take(verdict, said, ("text",))
        self.answered.append(said["text"])
        return changed

    async def check_stream(self, stream: TextStream) -> Verdict:
        """The verdict of all checks on a streamed text, now that it is whole or was stopped."""
        if stream.stopped is not None:
            verdict = self.policy.verdict("output", [stream.stopped], stream.text)
        else:
            verdict = await self._check_output(stream.text, self.contexts(None), ())
        self.verdicts.append(verdict)
        return verdict

    async def check_repeated(self, text: str) -> Verdict:
        """The verdict on a text that a stream repeats as a whole; it is no new one."""
        return await self._check_output(text, (), ())

    def _take(self, verdict: Verdict, body: Json, place: Place) -> bool:
        self._note(verdict)
        if verdict.text == get(body, place):
            return False
        put(body, place, verdict.text)
        return True

    def _note(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)
        if verdict.blocked:
            raise Blocked(verdict)

    async def _check_input(self, text: str) -> Verdict:
        if len(text) <= INLINE:
            return await self.policy.acheck_input(text, metadata=self.metadata)
        return await run_aside(self.policy.check_input, text, metadata=self.metadata)

    async def _check_output(self, text: str, contexts: Sequence[str], calls: Sequence[Called]) -> Verdict:
        def check() -> Verdict:
            return self.policy.check_output(
                text,
                contexts=contexts,
                system=self.system,
                tool_calls=calls,
                metadata=self.metadata,
                question=self.question,
            )

        if len(text) > INLINE:
            return await run_aside(check)
        return await self.policy.acheck_output(
            text,
            contexts=contexts,
            system=self.system,
            tool_calls=calls,
            metadata=self.metadata,
            question=self.question,
        )


@dataclass(slots=True)
class StreamedAnswer:
    """Guards the events of one streamed answer. When `stopped`, what was last returned is all there is."""

    exchange: Exchange
    refusal: Callable[[Verdict], Json]
    stopped: Verdict | None = None
    _deltas: Deltas | None = None
    _streams: dict[TextKey, TextStream] = field(default_factory=dict)
    _latest: dict[TextKey, tuple[Json, Place]] = field(default_factory=dict)
    _watches: dict[TextKey, Watch] = field(default_factory=dict)

    async def take(self, data: str) -> list[str]:
        """What goes out for the data of one event: nothing, one event, or several."""
        if data.strip() == "[DONE]":
            rest = await self.end()
            return rest if self.stopped is not None else [*rest, data]
        try:
            event = json.loads(data)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            return await self._take_text(data)
        if self._deltas is None:
            self._deltas = deltas_of(self.exchange.shape, event)
        pieces, ended = list(self._deltas.pieces(event)), self._deltas.ended(event)
        for key, place in pieces:
            self._latest[key] = (copy.deepcopy(event), place)
            put(event, place, await self._feed(key, get(event, place)))
            stream = self._streams[key]
            if ended is not None and key[: len(ended)] == ended:  # the last piece, and the end, in one event
                put(event, place, get(event, place) + await self._rest(key))
            if stream.stopped is not None or await self._is_seen_through(key, stream):
                return [json.dumps(_unfinished(event)), *await self._stop(key, event)]
        before: list[str] = []
        if not pieces:
            await self._answer_whole(event)
        if ended is not None:
            before = await self._finish(ended)
            if self.stopped is not None:
                said = any(get(event, place) for _, place in pieces)
                return [*([json.dumps(_unfinished(event))] if said else []), *before]
        return before if is_bare(event, [place for _, place in pieces]) else [*before, json.dumps(event)]

    async def end(self) -> list[str]:
        """What is left when the stream has ended."""
        return await self._finish(())

    def close(self) -> None:
        """Stop looking in the background."""
        for watch in self._watches.values():
            watch.close()

    async def _feed(self, key: TextKey, piece: str) -> str:
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = self.exchange.policy.stream()
        is_long = stream.held + len(piece) > INLINE
        shown = await run_aside(stream.feed, piece) if is_long else stream.feed(piece)
        self.exchange.shown[key] = self.exchange.shown.get(key, "") + shown
        return shown

    async def _take_text(self, data: str) -> list[str]:
        """Data that is no JSON is a piece of text itself."""
        shown = await self._feed((), data)
        if self._streams[()].stopped is not None:
            return [*([shown] if shown else []), *await self._stop((), {})]
        return [shown] if shown else []

    async def _finish(self, beginning: TextKey) -> list[str]:
        """End the texts whose keys begin so: give out what they held, and have all checks look at them."""
        given = []
        for key in [key for key in self._streams if key[: len(beginning)] == beginning]:
            stream = self._streams[key]
            if rest := await self._rest(key):
                given.append(self._last_piece(key, rest))
            verdict = await self.exchange.check_stream(stream)
            if verdict.blocked:
                return [*given, *self._refuse(verdict, self._latest.get(key, ({}, ()))[0])]
            del self._streams[key]
        return given

    async def _rest(self, key: TextKey) -> str:
        """What a text held, now that it has ended."""
        stream = self._streams[key]
        rest = await run_aside(stream.finish) if stream.held > INLINE else stream.finish()
        self.exchange.shown[key] += rest
        return rest

    def _last_piece(self, key: TextKey, rest: str) -> str:
        event, place = self._latest.get(key, ({}, ()))
        if not place:
            return rest
        event = copy.deepcopy(event)
        assert self._deltas is not None
        for _, other in self._deltas.pieces(event):
            put(event, other, "")
        put(event, place, rest)
        return json.dumps(_unfinished(event))

    async def _answer_whole(self, event: Json) -> None:
        """An event that repeats texts instead of adding to them is guarded like an answer; its verdicts are no new ones."""
        for place in self.exchange.shape.answered(event):
            text = get(event, place)
            if text:
                put(event, place, (await self.exchange.check_repeated(text)).text)

    async def _is_seen_through(self, key: TextKey, stream: TextStream) -> bool:
        """Whether a slow check that looked in the background wants the stream to stop."""
        watch = self._watches.get(key)
        if watch is None:
            exchange = self.exchange
            watch = self._watches[key] = Watch(
                exchange.policy, exchange.contexts(None), exchange.system, question=exchange.question
            )
        watch.follow(stream)
        return stream.stopped is not None

    async def _stop(self, key: TextKey, event: Json) -> list[str]:
        return self._refuse(await self.exchange.check_stream(self._streams[key]), event)

    def _refuse(self, verdict: Verdict, event: Json) -> list[str]:
        self.stopped = verdict
        last = self._deltas.end(event) if self._deltas is not None else None
        said = [last] if last is not None else []
        return [*(json.dumps(item) for item in (*said, self.refusal(verdict))), "[DONE]"]


def _unfinished(event: Json) -> Json:
    """An event that is not the last one of its choices."""
    for choice in event.get("choices") or ():
        if "finish_reason" in choice:
            choice["finish_reason"] = None
    return event
