"""An app as a program holds it: it follows its alias, and is asked from sync and async code."""

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from llmops.core.bridge import aeach, each, on_loop, run_sync
from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import Reply
from llmops.domain.streaming import Event
from llmops.flows.serving.chat import Responder
from llmops.flows.serving.shadow import Shadows, ShadowTally
from llmops.flows.serving.shop import Served, ServedFrom
from llmops.flows.serving.streamed import stream_answer
from llmops.registry.prompts import Prompt
from llmops.workspace.guard import Guard

if TYPE_CHECKING:
    from llmops.guard.policy import Policy


class Followed(Protocol):
    """What an app follows: `held` is what it stood for last, `anow` what it stands for now."""

    @property
    def held(self) -> Served[Responder]: ...

    def now(self) -> Served[Responder]: ...

    async def anow(self) -> Served[Responder]: ...


class App:
    """An app by its ref. Each answer comes from one version from start to end, whatever moves meanwhile.

    The version that an alias stands for is looked up again within `cache.alias_ttl`, between answers. What the properties say
    is about the version that answered last; `pin` gives one version for several steps that belong together.
    """

    def __init__(self, followed: Followed, shadows: Shadows) -> None:
        self._followed = followed
        self._shadows = shadows

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
        return Guard(self._policy)

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
        return App(_Pinned(Served(held.standing, held.side(user, session), None, held.served_from)), Shadows())

    def ask(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
        user: str | None = None,
        session: str | None = None,
    ) -> Reply:
        """Answer a question, or the last turn of a conversation in the OpenAI shape.

        Args:
            question: the question, or the messages of a conversation that ends with the user.
            inputs: further inputs of the prompt.
            contexts: in place of retrieval.
            user: who asks. The same user is always served the same side of a canary.
            session: the conversation; it does what `user` does where no user is given.
        """
        return run_sync(self._answer(_inputs(question, inputs), contexts, user, session))

    async def aask(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
        user: str | None = None,
        session: str | None = None,
    ) -> Reply:
        """`ask`, for async code."""
        return await on_loop(self._answer(_inputs(question, inputs), contexts, user, session))

    def stream(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
        user: str | None = None,
        session: str | None = None,
    ) -> Generator[Event, None, None]:
        """`ask`, piece by piece: events of type `text`, `tool_call`, `verdict` and, last, `reply`, which is what `ask` gives.

        What a text event holds may be shown: the policy has let it through. Stop reading, and the request to the model ends.
        """
        return each(self._events(_inputs(question, inputs), contexts, user, session))

    def astream(
        self,
        question: str | Sequence[Mapping[str, Json]],
        *,
        inputs: Mapping[str, Json] | None = None,
        contexts: Sequence[Context] | None = None,
        user: str | None = None,
        session: str | None = None,
    ) -> AsyncGenerator[Event, None]:
        """`stream`, for async code."""
        return aeach(self._events(_inputs(question, inputs), contexts, user, session))

    def _policy(self) -> "Policy":
        policy = self._followed.now().current.policy
        if policy is None:
            raise NotFound("the app has no policy any more", hint="Ask the app itself, or name a policy: ws.guard(…).")
        return policy

    async def _answer(
        self, inputs: Mapping[str, Json], contexts: Sequence[Context] | None, user: str | None, session: str | None
    ) -> Reply:
        served = await self._followed.anow()
        reply = await served.side(user, session).respond(inputs, contexts=contexts)
        shadow = served.shadow(user, session)
        return self._served(served, shadow, reply, inputs, contexts)

    async def _events(
        self, inputs: Mapping[str, Json], contexts: Sequence[Context] | None, user: str | None, session: str | None
    ) -> AsyncGenerator[Event, None]:
        served = await self._followed.anow()
        shadow = served.shadow(user, session)
        async with aclosing(stream_answer(served.side(user, session), inputs, contexts=contexts)) as events:
            async for event in events:
                if event.reply is None:
                    yield event
                else:
                    yield Event("reply", reply=self._served(served, shadow, event.reply, inputs, contexts))

    def _served(
        self,
        served: Served[Responder],
        shadow: Responder | None,
        reply: Reply,
        inputs: Mapping[str, Json],
        contexts: Sequence[Context] | None,
    ) -> Reply:
        """A reply that says where it came from, after which a shadow answers too."""
        reply = reply.model_copy(update={"refs": _refs(reply.refs, served.served_from)})
        if shadow is not None:
            self._shadows.start(reply, lambda: shadow.respond(inputs, contexts=contexts))
        return reply


@dataclass(frozen=True, slots=True)
class _Pinned:
    """Follows nothing."""

    held: Served[Responder]

    def now(self) -> Served[Responder]:
        return self.held

    async def anow(self) -> Served[Responder]:
        return self.held


def _inputs(question: str | Sequence[Mapping[str, Json]], inputs: Mapping[str, Json] | None) -> dict[str, Json]:
    asked: dict[str, Json] = {"question": question} if isinstance(question, str) else {"messages": list(question)}
    return {**(inputs or {}), **asked}


def _refs(refs: Mapping[str, str], served_from: ServedFrom) -> dict[str, str]:
    return {**refs, "served_from": served_from}
