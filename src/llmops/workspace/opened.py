"""An open workspace: its files, settings, store and services, opened when they are first needed."""

import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from llmops.core.hashing import Json
from llmops.core.settings import STATE, Settings, seconds
from llmops.storage.store import Store, open_store
from llmops.workspace.lazy_store import LazyStore

if TYPE_CHECKING:
    from llmops.flows.services import Services
    from llmops.registry.artifacts import Registry
    from llmops.tracking.recorder import Recorder
    from llmops.workspace.handles import Handles
    from llmops.workspace.log import InteractionLog


class Opened:
    """What every use of a workspace needs; recording a run needs nothing more. Close it at the end."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self._store = LazyStore(root, settings)
        self._services: Services | None = None
        self._stand_in: Services | None = None
        self._opening = threading.RLock()
        self._given_out: Handles | None = None
        self._kept_log: InteractionLog | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and files; the workspace can be used again and then opens them anew."""
        if self._given_out is not None:
            self._given_out.rest()
        if self._kept_log is not None:
            self._kept_log.close()
        for services in (self._services, self._stand_in):
            if services is not None:
                from llmops.core.bridge import run_sync

                run_sync(services.close())
        if self._stand_in is not None:
            self._stand_in.store.close()
        self._services = self._stand_in = None
        self._store.close()

    @property
    def store(self) -> Store:
        """The store. Until something is written, a SQLite store that is not there is an empty one in memory."""
        return self._store.get()

    @property
    def registry(self) -> "Registry":
        """Versions, refs and files."""
        return self.services.registry

    @property
    def services(self) -> "Services":
        """What journeys that only read work with."""
        return self._services_on(self.store)

    @property
    def _handles(self) -> "Handles":
        """What was given out and follows its alias; evaluations and syncs give out nothing, and need not import it."""
        from llmops.flows.serving.last_known_good import LastKnownGood
        from llmops.flows.serving.shop import Shop
        from llmops.workspace.handles import Handles

        with self._opening:
            if self._given_out is None:
                kept = LastKnownGood(self.root / STATE, self._store.place)
                ttl = seconds(self.settings.cache.alias_ttl)
                self._given_out = Handles(Shop(self._looked_up, self._offline, kept, ttl), self.log)
            return self._given_out

    @property
    def log(self) -> "InteractionLog":
        """Where answers are written down; evaluations write none."""
        from llmops.workspace.log import InteractionLog

        with self._opening:
            if self._kept_log is None:
                self._kept_log = InteractionLog(self.root, self.settings, self._looked_up)
            return self._kept_log

    def run(
        self,
        name: str,
        *,
        experiment: str = "",
        run_id: str = "",
        parent: "Recorder | str" = "",
        tags: Mapping[str, Json] | None = None,
        system_metrics: bool = False,
    ) -> "Recorder":
        """Record a run: `with ws.run("baseline", experiment="churn") as run: run.log_metric("auc", 0.91)`.

        Args:
            experiment: what it is grouped in; that of its parent, else its name, by default.
            run_id: the run to go on with. One that another process is recording is joined.
            parent: the run it is nested in.
            tags: recorded when it begins.
            system_metrics: whether to record the load of the machine, too.
        """
        from llmops.flows.recording import Recording

        return Recording(self._written_to(), self.root).open(
            name, experiment=experiment, run_id=run_id, tags=tags, system_metrics=system_metrics,
            parent=parent if isinstance(parent, str) else parent.id,
        )  # fmt: skip

    def _services_on(self, store: Store) -> "Services":
        with self._opening:
            if self._services is None or self._services.store is not store:
                self._services = self._made(store, is_offline=False)
            return self._services

    def _made(self, store: Store, *, is_offline: bool) -> "Services":
        """Services on a store, with the models that are open already. Recording a run needs none, nor what they import."""
        from llmops.flows.policies import policy_reader
        from llmops.flows.services import Services, check_scorer, check_signal
        from llmops.registry.artifacts import Registry

        reader = policy_reader()
        registry = Registry(
            store, self.root, self.settings, check_scorer=check_scorer, read_policy=reader, check_signal=check_signal
        )
        known = self._services or self._stand_in
        if known is None:
            return Services(
                self.root, self.settings, store, registry, is_offline, "llmops.workspace.remote:open_worker"
            )
        return replace(known, store=store, registry=registry, is_offline=is_offline)

    def _looked_up(self) -> "Services":
        """The services, on the store as it is now; StoreError where it cannot be opened or is gone."""
        return self._services_on(self._store.look())

    def _offline(self) -> "Services":
        """Services on an empty store, to open models with while the real one does not answer."""
        with self._opening:
            if self._stand_in is None:
                empty = self._services.store if self._services and self._services.store.is_temporary else None
                self._stand_in = self._made(empty or open_store("sqlite://", root=self.root), is_offline=True)
            return self._stand_in

    def _for_writing(self) -> "Services":
        """The same, with a store that is really there."""
        self._written_to()
        return self.services

    def _written_to(self) -> Store:
        """A store that is really there; says where it put a new one."""
        if self._store.look().is_temporary:
            self.close()
            print(f"Created {self._store.create().url}", file=sys.stderr)
        return self.store
