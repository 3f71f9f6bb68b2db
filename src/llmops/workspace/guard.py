"""A policy as a program holds it: it follows its alias, or the app that it belongs to, and moves back with it."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from llmops.core.errors import LlmopsError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import ToolCall
from llmops.domain.verdict import Verdict

if TYPE_CHECKING:
    from llmops.flows.serving.shop import Follower
    from llmops.guard.noting import Log as GuardLog
    from llmops.guard.policy import Policy
    from llmops.guard.vault import Vault

_LOG = logging.getLogger("llmops.guard")


class FollowedPolicy(Protocol):
    """Gives the policy that something stands for now."""

    def now(self) -> "Policy": ...

    async def anow(self) -> "Policy": ...


class LastGood:
    """The policy that a ref stands for, or the last one that it stood for while it fails, which the log says once each time."""

    def __init__(self, follower: "Follower[Policy]") -> None:
        self._follower = follower
        self._last: Policy | None = None
        self._trouble = ""

    def now(self) -> "Policy":
        """For whoever may wait."""
        with self._kept():
            self._last = self._follower.now().current
        return self._in_force

    async def anow(self) -> "Policy":
        """For an event loop."""
        with self._kept():
            self._last = (await self._follower.anow()).current
        return self._in_force

    @property
    def _in_force(self) -> "Policy":
        assert self._last is not None
        return self._last

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except LlmopsError as error:
            if self._last is None:
                raise
            if error.message != self._trouble:
                _LOG.warning("%s stays in force as it was last good: %s", self._last.ref, error.message)
            self._trouble = error.message
        else:
            self._trouble = ""


class Guard:
    """A policy by its ref, or the policy of an app. Each check is by one version; what an alias stands for is looked up again
    within `cache.alias_ttl`. A working file that becomes invalid is not served: the last valid one is, and the log says so.
    """

    def __init__(self, followed: FollowedPolicy, log: "GuardLog | None" = None) -> None:
        self._followed = followed
        self.log = log

    @property
    def policy(self) -> "Policy":
        """The version that checks now, for several checks that belong together."""
        return self._followed.now()

    async def apolicy(self) -> "Policy":
        """`policy`, for async code: while it is looked up, the loop goes on."""
        return await self._followed.anow()

    @property
    def digest(self) -> str:
        """The digest of that version."""
        return self.policy.digest

    def check_input(
        self, text: str, *, vault: "Vault | None" = None, metadata: Mapping[str, Json] | None = None
    ) -> Verdict:
        """What the input checks say of a text."""
        return self.policy.check_input(text, vault=vault, metadata=metadata)

    async def acheck_input(
        self, text: str, *, vault: "Vault | None" = None, metadata: Mapping[str, Json] | None = None
    ) -> Verdict:
        """`check_input`, for async code."""
        return await (await self.apolicy()).acheck_input(text, vault=vault, metadata=metadata)

    def check_output(
        self,
        text: str,
        *,
        contexts: Sequence[str | Context] = (),
        system: str = "",
        tool_calls: Sequence[ToolCall] = (),
        vault: "Vault | None" = None,
        metadata: Mapping[str, Json] | None = None,
        question: str = "",
    ) -> Verdict:
        """What the output checks say of an answer."""
        return self.policy.check_output(
            text,
            contexts=contexts,
            system=system,
            tool_calls=tool_calls,
            vault=vault,
            metadata=metadata,
            question=question,
        )

    async def acheck_output(
        self,
        text: str,
        *,
        contexts: Sequence[str | Context] = (),
        system: str = "",
        tool_calls: Sequence[ToolCall] = (),
        vault: "Vault | None" = None,
        metadata: Mapping[str, Json] | None = None,
        question: str = "",
    ) -> Verdict:
        """`check_output`, for async code."""
        return await (await self.apolicy()).acheck_output(
            text,
            contexts=contexts,
            system=system,
            tool_calls=tool_calls,
            vault=vault,
            metadata=metadata,
            question=question,
        )
