"""The composition root: the one module that wires settings, store, registry, backends and journeys together."""

import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from llmops.core.bridge import on_loop, run_sync
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import parse_ref
from llmops.core.settings import Settings, find_root, load_settings, seconds
from llmops.domain.artifact import Move
from llmops.domain.ports import Progress, no_progress
from llmops.flows.services import Services
from llmops.flows.targets import open_app
from llmops.registry import aliases
from llmops.registry.artifacts import Registered, Registry
from llmops.registry.prompts import Prompt
from llmops.storage.store import Store, open_store
from llmops.storage.upgrade import upgrade
from llmops.workspace.app import App
from llmops.workspace.index import IndexHandle

if TYPE_CHECKING:
    from llmops.domain.evaluation import Report
    from llmops.flows.evaluate import EvalOptions


class Workspace:
    """One workspace: its files, its store, its models. Close it at the end, or use it as a context manager."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self._store: Store | None = None
        self._services: Services | None = None
        self._apps: dict[str, tuple[float, App]] = {}

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and files; the workspace can be used again and then opens them anew."""
        if self._services is not None:
            run_sync(self._services.close())
            self._services = None
        if self._store is not None:
            self._store.close()
            self._store = None

    @property
    def store(self) -> Store:
        """The store. Until something is written, a SQLite store that is not there is an empty one in memory."""
        if self._store is None:
            self._store = self._open_store(create=False)
        return self._store

    @property
    def registry(self) -> Registry:
        """Versions, refs and files."""
        return self.services.registry

    @property
    def services(self) -> Services:
        """What journeys that only read work with."""
        if self._services is None:
            registry = Registry(self.store, self.root, self.settings)
            self._services = Services(self.root, self.settings, self.store, registry)
        return self._services

    def _for_writing(self) -> Services:
        """The same, with a store that is really there; says where it put a new one."""
        if self.store.is_temporary:
            self.close()
            self._store = self._open_store(create=True)
            print(f"Created {self._store.url}", file=sys.stderr)
        return self.services

    def _open_store(self, *, create: bool) -> Store:
        return open_store(self.settings.store.url, root=self.root, blobs_url=self.settings.blobs.url, create=create)

    def register(self, paths: Sequence[Path] | None = None, *, message: str = "") -> list[Registered]:
        """Turn workspace files into versions; the same content again is the same version."""
        return self._for_writing().registry.register(paths, message=message, now=datetime.now(UTC))

    def prompt(self, ref: str) -> Prompt:
        """A prompt by ref, ready to render."""
        return self.registry.prompt(parse_ref(ref, "prompt"))

    def app(self, ref: str) -> App:
        """An app by ref. One that an alias names is looked up again after `cache.alias_ttl`."""
        held = self._apps.get(ref)
        if held is None or time.monotonic() - held[0] >= seconds(self.settings.cache.alias_ttl):
            held = self._apps[ref] = (time.monotonic(), App(open_app(self.services, parse_ref(ref, "app"))))
        return held[1]

    def index(self, name: str) -> IndexHandle:
        """The index of a RAG configuration."""
        from llmops.flows.refresh import open_index

        ref = parse_ref(name, "rag")
        return IndexHandle(lambda writing: open_index(self._for_writing() if writing else self.services, ref))

    def eval(
        self,
        suite: str,
        *,
        target: str | None = None,
        compare: str | None = None,
        model: str | None = None,
        repeats: int | None = None,
        limit: int | None = None,
    ) -> "Report":
        """Evaluate a suite; see `llmops eval --help` for what the arguments mean."""
        return self.evaluate(suite, _options(target, compare, model, repeats, limit))

    async def aeval(
        self,
        suite: str,
        *,
        target: str | None = None,
        compare: str | None = None,
        model: str | None = None,
        repeats: int | None = None,
        limit: int | None = None,
    ) -> "Report":
        """`eval`, for async code."""
        options = _options(target, compare, model, repeats, limit)
        return await on_loop(self._evaluate(self._for_writing(), suite, options, no_progress))

    def evaluate(self, suite: str, options: "EvalOptions", *, progress: Progress = no_progress) -> "Report":
        """`eval` with every option, and progress."""
        return run_sync(self._evaluate(self._for_writing(), suite, options, progress))

    async def _evaluate(self, services: Services, suite: str, options: "EvalOptions", progress: Progress) -> "Report":
        from llmops.flows.evaluate import evaluate

        return await evaluate(services, parse_ref(suite, "suite"), options, progress=progress)

    def save_run(
        self, run_id: str, paths: Sequence[Path], *, junit: Path | None = None, allow_unknown: bool = False
    ) -> None:
        """Write the report of a finished run as files; each one's name says its format.

        Raises:
            NotFound: no such run, or it has no report.
            OutsideError: a file cannot be written.
        """
        from llmops.evals.saving import save_junit, save_report
        from llmops.flows.baselines import dossier_of

        dossier = dossier_of(self.store, run_id)
        for path in paths:
            save_report(dossier, path)
        if junit is not None:
            save_junit(dossier, junit, allow_unknown=allow_unknown)

    def promote(self, ref: str, *, to: str, reason: str = "") -> Move:
        """Move an alias to a registered version."""
        actor = aliases.find_actor(os.environ, self.root)
        return aliases.move(
            self._for_writing().registry, parse_ref(ref), to, actor=actor, reason=reason, now=datetime.now(UTC)
        )

    def rollback(self, ref: str, *, to: int | None = None, reason: str = "") -> Move:
        """Undo the last move of an alias, or return to version `to`."""
        actor = aliases.find_actor(os.environ, self.root)
        return aliases.roll_back(
            self._for_writing().registry, parse_ref(ref), to=to, actor=actor, reason=reason, now=datetime.now(UTC)
        )


def open_workspace(place: str | Path | None = None, **settings: Json) -> Workspace:
    """Open a workspace.

    Args:
        place: a folder (by default the current one, walking up to `llmops.toml`), or the URL of a store.
        settings: dotted keys with `__` for the dot, such as `store__url`; they override file and environment.

    Raises:
        InputError: the folder is not there.
        SettingsError: a setting cannot be used.
    """
    arguments = {key.replace("__", "."): value for key, value in settings.items()}
    if isinstance(place, str) and "://" in place:
        arguments["store.url"], place = place, None
    folder = Path(place) if place is not None else Path.cwd()
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", hint=f"llmops init {folder}")
    root = find_root(folder)
    return Workspace(root, load_settings(root, arguments=arguments))


def upgrade_store() -> tuple[str, str]:
    """Bring the schema of the current workspace's store to this program's revision; returns its URL and revision."""
    root = find_root(Path.cwd())
    return upgrade(load_settings(root).store.url, root=root)


def _options(
    target: str | None, compare: str | None, model: str | None, repeats: int | None, limit: int | None
) -> "EvalOptions":
    from llmops.flows.evaluate import EvalOptions

    return EvalOptions(target=target, compare=compare, model=model, repeats=repeats, limit=limit)
