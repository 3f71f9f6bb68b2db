"""An app as a program holds it: it follows its alias, and is asked from sync and async code."""

import sys
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from llmops.core.bridge import aeach, each, on_loop, run_sync
from llmops.core.errors import LlmopsError
from llmops.core.hashing import Json
from llmops.core.names import new_id
from llmops.domain.corpus import Context
from llmops.domain.filters import Filters
from llmops.domain.interaction import Reply
from llmops.domain.streaming import Event
from llmops.flows.interactions.entries import Entry
from llmops.flows.serving.chat import Responder
from llmops.flows.serving.filters import FILTERS
from llmops.flows.serving.shadow import Shadows, ShadowTally
from llmops.flows.serving.shop import Served, ServedFrom
from llmops.flows.serving.streamed import stream_answer
from llmops.guard.noting import note
from llmops.registry.prompts import Prompt
from llmops.workspace.followed import Followed, Pinned, PolicyOf
from llmops.workspace.guard import Guard
from llmops.workspace.log import AppLog, InteractionLog


class App:
    """An app by its ref. Each answer comes from one version from start to end, whatever moves meanwhile.

    The version that an alias stands for is looked up again within `cache.alias_ttl`, between answers. What the properties say
    is about the version that answered last; `pin` gives one version for several steps that belong together.
    """

    def __init__(self, followed: Followed, shadows: Shadows, log: InteractionLog) -> None:
        self._followed = followed
        self._shadows = shadows
        self._log = log

    @property
    def prompt(self) -> Prompt:
        """The pinned prompt."""
        held = self._followed.held
        return held.current.prompt.marked(held.served_from)

    @property
    def model(self) -> str:
        """The pinned model string."""
        return self._followed.held.current.models[0][0]

    @property
    def policy(self) -> Guard | None:
        """The policy, which moves with the app; None where it has none."""
        if self._followed.held.current.policy is None:
            return None
        return Guard(PolicyOf(self._followed), AppLog(self._log, self._followed.held.standing.ref.name))

    @property
    def parameters(self) -> Mapping[str, Json]:
        """The pinned model parameters."""
        return self._followed.held.current.parameters

    @property
    def refs(self) -> Mapping[str, str]:
        """The digests of everything this version holds, and where it was `served_from`."""
        held = self._followed.held
        return _refs(held.current.refs, held.served_from)

    @property
    def is_fallback(self) -> bool:
        """Whether the store could not be asked, so that the last known good version answers."""
        return self._followed.held.is_fallback

    @property
    def shadowed(self) -> ShadowTally:
        """How many answers a shadow candidate has given in the background, failed to give, or was spared."""
        return self._shadows.tally

    def pin(self, *, user: str | None = None, session: str | None = None) -> "App":
        """The one version that serves this user now; it follows nothing. For a team that makes its own model call."""
        held = self._followed.held
        return App(
            Pinned(Served(held.standing, held.side(user, session), None, held.served_from)), Shadows(), self._log
        )

    def ask(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
        filters: Filters | None = None,
        user: str | None = None,
        session: str | None = None,
        metadata: Mapping[str, Json] | None = None,
    ) -> Reply:
        """Answer a question, or the last turn of a conversation in the OpenAI shape.

        Args:
            question: the question, or the messages of a conversation that ends with the user.
            inputs: further inputs of the prompt.
            contexts: in place of retrieval.
            filters: what must hold of the metadata of what is retrieved; a list means any of its values.
            user: who asks. The same user is always served the same side of a canary.
            session: the conversation; it does what `user` does where no user is given.
            metadata: what the log keeps with the answer, to tell segments apart: plan, language …
        """
        return run_sync(
            self._answer(Asker("ask", _inputs(question, inputs, filters), user, session, metadata or {}), contexts)
        )

    async def aask(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
        filters: Filters | None = None,
        user: str | None = None,
        session: str | None = None,
        metadata: Mapping[str, Json] | None = None,
    ) -> Reply:
        """`ask`, for async code."""
        return await on_loop(
            self._answer(Asker("ask", _inputs(question, inputs, filters), user, session, metadata or {}), contexts)
        )

    def stream(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
        filters: Filters | None = None,
        user: str | None = None,
        session: str | None = None,
        metadata: Mapping[str, Json] | None = None,
    ) -> Generator[Event, None, None]:
        """`ask`, piece by piece: events of type `text`, `tool_call`, `verdict` and, last, `reply`, which is what `ask` gives.

        What a text event holds may be shown: the policy has let it through. Stop reading, and the request to the model ends.
        """
        return each(
            self._events(Asker("stream", _inputs(question, inputs, filters), user, session, metadata or {}), contexts)
        )

    def astream(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
        filters: Filters | None = None,
        user: str | None = None,
        session: str | None = None,
        metadata: Mapping[str, Json] | None = None,
    ) -> AsyncGenerator[Event, None]:
        """`stream`, for async code."""
        return aeach(
            self._events(Asker("stream", _inputs(question, inputs, filters), user, session, metadata or {}), contexts)
        )

    async def _answer(self, asker: "Asker", contexts: Sequence[Context] | None) -> Reply:
        at, served = datetime.now(UTC), await self._followed.anow()
        responder = served.side(asker.user, asker.session)
        try:
            reply = await responder.respond(asker.inputs, contexts=contexts)
        except LlmopsError as error:
            self._note(served, responder, asker, at, _failed(responder, error), error.message)
            raise
        reply = self._served(served, asker, reply, contexts)
        self._note(served, responder, asker, at, reply)
        return reply

    async def _events(self, asker: "Asker", contexts: Sequence[Context] | None) -> AsyncGenerator[Event, None]:
        at, served = datetime.now(UTC), await self._followed.anow()
        responder, reply, error = served.side(asker.user, asker.session), None, "the reader went away"
        try:
            async with aclosing(stream_answer(responder, asker.inputs, contexts=contexts)) as events:
                async for event in events:
                    if event.reply is None:
                        yield event
                    else:
                        reply, error = self._served(served, asker, event.reply, contexts), ""
                        yield Event("reply", reply=reply)
        except LlmopsError as failure:
            error = failure.message
            raise
        finally:
            self._note(served, responder, asker, at, reply or _failed(responder, None), error)

    def _note(
        self,
        served: Served[Responder],
        responder: Responder,
        asker: "Asker",
        at: datetime,
        reply: Reply,
        error: str = "",
    ) -> None:
        """Have an answer written down, by whoever stands around or here."""
        if "opentelemetry.sdk.trace" in sys.modules:
            from llmops.backends.telemetry import emit

            name = served.standing.ref.name
            emit(reply, app=name, at=at, inputs=asker.inputs, session=asker.session, error=error)
        if not note(reply):
            entry = Entry(
                asker.source,
                served.standing.ref.name,
                at,
                reply,
                asker.inputs,
                asker.user,
                asker.session,
                asker.metadata,
                error,
                responder.policy,
            )
            self._log.put(entry)

    def _served(
        self, served: Served[Responder], asker: "Asker", reply: Reply, contexts: Sequence[Context] | None
    ) -> Reply:
        """A reply that says where it came from, after which a shadow answers too."""
        reply = reply.model_copy(update={"refs": _refs(reply.refs, served.served_from)})
        shadow = served.shadow(asker.user, asker.session)
        if shadow is not None:
            self._shadows.start(reply, lambda: shadow.respond(asker.inputs, contexts=contexts))
        return reply


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks what, and how."""

    source: Literal["ask", "stream"]
    inputs: Mapping[str, Json]
    user: str | None
    session: str | None
    metadata: Mapping[str, Json]


def _inputs(
    question: str | Sequence[Mapping[str, Json]], inputs: Mapping[str, Json] | None, filters: Filters | None
) -> dict[str, Json]:
    asked: dict[str, Json] = {"question": question} if isinstance(question, str) else {"messages": list(question)}
    if filters is not None:
        asked[FILTERS] = dict(filters)
    return {**(inputs or {}), **asked}


def _refs(refs: Mapping[str, str], served_from: ServedFrom) -> dict[str, str]:
    return {**refs, "served_from": served_from}


def _failed(responder: Responder, error: LlmopsError | None) -> Reply:
    """What the log keeps of an answer that nobody got."""
    reason = "error" if error is not None else ""
    return Reply(
        id=new_id("reply"), text="", finish_reason=reason, model=responder.models[0][0], refs=dict(responder.refs)
    )
