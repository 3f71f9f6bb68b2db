"""What a handle follows: a version that may move, one that is pinned, or the policy of an app."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from llmops.core.errors import NotFound
from llmops.flows.serving.chat import Responder
from llmops.flows.serving.shop import Served

if TYPE_CHECKING:
    from llmops.guard.policy import Policy


class Followed(Protocol):
    """What an app follows: `held` is what it stood for last, `anow` what it stands for now."""

    @property
    def held(self) -> Served[Responder]: ...

    def now(self) -> Served[Responder]: ...

    async def anow(self) -> Served[Responder]: ...


@dataclass(frozen=True, slots=True)
class PolicyOf:
    """Follows the policy of what an app follows."""

    followed: Followed

    def now(self) -> "Policy":
        return _policy_of(self.followed.now())

    async def anow(self) -> "Policy":
        return _policy_of(await self.followed.anow())


def _policy_of(served: Served[Responder]) -> "Policy":
    if served.current.policy is None:
        raise NotFound("the app has no policy any more", hint="Ask the app itself, or name a policy: ws.guard(…).")
    return served.current.policy


@dataclass(frozen=True, slots=True)
class Pinned:
    """Follows nothing."""

    held: Served[Responder]

    def now(self) -> Served[Responder]:
        return self.held

    async def anow(self) -> Served[Responder]:
        return self.held
