"""The log of a workspace: where its answers are written down, and what people say of them."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmops.core.backlog import Backlog
from llmops.core.durations import seconds
from llmops.core.errors import LlmopsError
from llmops.core.names import parse_ref
from llmops.core.settings import STATE, Settings
from llmops.domain.artifact import Actor
from llmops.domain.interaction import Interaction
from llmops.flows.interactions.entries import Entry, make_interaction
from llmops.flows.interactions.guarded import entry_of
from llmops.flows.interactions.redaction import Redaction
from llmops.flows.interactions.writer import LINES, LogWriter
from llmops.flows.policies import open_policy
from llmops.flows.services import Services
from llmops.guard.noting import Happening
from llmops.storage.erasure import erase
from llmops.storage.interactions import InteractionRepository

if TYPE_CHECKING:
    from llmops.guard.policy import Policy

RETENTION_EVERY: Final = 3600.0
_REDACTIONS: Final = 16  # policies whose redaction is kept ready
_LOG = logging.getLogger("llmops.log")


class InteractionLog:
    """Writes down what a workspace answers. `services` looks the store up, and raises where it is down."""

    def __init__(self, root: Path, settings: Settings, services: Callable[[], Services]) -> None:
        self._root = root
        self._settings = settings.log
        self._services = services
        self._salt = ""
        self._redactions: dict[str, Redaction] = {}
        self._forgot_at = 0.0
        self._writer: LogWriter | None = None

    def put(self, entry: Entry) -> None:
        """Have an entry written down, in the background."""
        self._opened().put(entry)

    def write_down(self, happening: Happening, app: str = "") -> None:
        """Have a guarded request written down."""
        self.put(entry_of(happening, app))

    def flush(self) -> None:
        """Write down what waits."""
        if self._writer is not None:
            self._writer.flush()

    def gather(self) -> None:
        """Write down what waits, in the spool too, before something is deleted."""
        self._opened().gather()

    def close(self) -> None:
        """Write down what waits, and rest."""
        if self._writer is not None:
            self._writer.close()

    def interactions(self) -> InteractionRepository | None:
        """The log of the store; None while there is no store to write to."""
        services = self._services()
        if services.store.is_temporary:
            return None
        self._forget(services)
        return services.store.interactions

    def make(self, entry: Entry) -> Interaction:
        """What is kept of an entry."""
        return make_interaction(entry, self._settings, self._redaction, self._salted())

    def hashed(self, user: str) -> str:
        """The hash that stands for a user."""
        from llmops.flows.interactions.entries import hashed

        return hashed(user, self._services().store.interactions.salt())

    def _opened(self) -> LogWriter:
        if self._writer is None:
            self._writer = LogWriter(self, Backlog(self._root / STATE / "log-spool", LINES))
        return self._writer

    def _salted(self) -> str:
        """The salt; empty while the store that has it is down, so that nobody is written down unsalted."""
        if not self._salt:
            try:
                services = self._services()
                self._salt = "" if services.store.is_temporary else services.store.interactions.salt()
            except (LlmopsError, OSError) as error:
                _LOG.warning("users are not told apart while the store is down: %s", error)
        return self._salt

    def _redaction(self, policy: "Policy | None") -> Redaction:
        key = self._settings.redact or (policy.digest if policy is not None else "")
        if key not in self._redactions:
            if len(self._redactions) >= _REDACTIONS:
                self._redactions.clear()
            self._redactions[key] = Redaction(self._chosen() if self._settings.redact else policy)
        return self._redactions[key]

    def _chosen(self) -> "Policy":
        """The policy that `[log] redact` names."""
        services = self._services()
        return open_policy(services, services.registry.bundle(parse_ref(self._settings.redact, "policy")))

    def _forget(self, services: Services) -> None:
        """Delete what is older than the settings keep."""
        if not self._settings.retention or (time.monotonic() - self._forgot_at < RETENTION_EVERY and self._forgot_at):
            return
        self._forgot_at = time.monotonic()
        now = datetime.now(UTC)
        before = now - timedelta(seconds=seconds(self._settings.retention))
        actor = Actor(name="retention", source="argument")
        erase(
            services.store.database, before=before, actor=actor, reason=f"retention {self._settings.retention}", now=now
        )


class AppLog:
    """The same log for the policy of an app: what it guards counts as the app's."""

    def __init__(self, log: InteractionLog, app: str) -> None:
        self._log = log
        self._app = app

    def write_down(self, happening: Happening) -> None:
        """Have a guarded request written down."""
        self._log.write_down(happening, self._app)
