"""A policy as a program holds it: it follows its alias, or the app that it belongs to, and moves back with it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from llmops.core.errors import LlmopsError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import ToolCall
from llmops.domain.verdict import Verdict

if TYPE_CHECKING:
    from llmops.guard.noting import Log as GuardLog
    from llmops.guard.policy import Policy
    from llmops.guard.vault import Vault

_LOG = logging.getLogger("llmops.guard")


class LastGood:
    """The policy that something gives, or the last one that it gave while it fails, which the log says once each time."""

    def __init__(self, now: "Callable[[], Policy]") -> None:
        self._now = now
        self._last: Policy | None = None
        self._trouble = ""

    def __call__(self) -> "Policy":
        try:
            self._last = self._now()
        except LlmopsError as error:
            if self._last is None:
                raise
            if error.message != self._trouble:
                _LOG.warning("%s stays in force as it was last good: %s", self._last.ref, error.message)
            self._trouble = error.message
        else:
            self._trouble = ""
        return self._last


class Guard:
    """A policy by its ref, or the policy of an app. Each check is by one version; what an alias stands for is looked up again
    within `cache.alias_ttl`. A working file that becomes invalid is not served: the last valid one is, and the log says so.
    """

    def __init__(self, current: "Callable[[], Policy]", log: "GuardLog | None" = None) -> None:
        self._current = current
        self.log = log

    @property
    def policy(self) -> "Policy":
        """The version that checks now, for several checks that belong together."""
        return self._current()

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
        return await self.policy.acheck_input(text, vault=vault, metadata=metadata)

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
        return await self.policy.acheck_output(
            text,
            contexts=contexts,
            system=system,
            tool_calls=tool_calls,
            vault=vault,
            metadata=metadata,
            question=question,
        )
