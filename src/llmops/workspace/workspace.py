"""The composition root: the one module that wires settings, store, registry, backends and journeys together."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from llmops.core.bridge import on_loop, run_sync
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import parse_ref
from llmops.core.settings import find_root, load_settings
from llmops.domain.ports import Progress, no_progress
from llmops.workspace.recorded import Recorded

if TYPE_CHECKING:
    from llmops.domain.artifact import Actor, Move
    from llmops.domain.report import Report
    from llmops.flows.evaluation.options import EvalOptions
    from llmops.flows.promotion.approve import Approval
    from llmops.flows.services import Services
    from llmops.registry.artifacts import Registered
    from llmops.registry.prompts import Prompt
    from llmops.tracking.recorder import Recorder
    from llmops.workspace.app import App
    from llmops.workspace.guard import Guard
    from llmops.workspace.index import IndexHandle
    from llmops.workspace.model import Model


class Workspace(Recorded):
    """One workspace: its files, its store, its models. Close it at the end, or use it as a context manager."""

    def register(self, paths: Sequence[Path] | None = None, *, message: str = "") -> "list[Registered]":
        """Turn workspace files into versions; the same content again is the same version.

        Changed rules of promotion in `llmops.toml` take effect, or wait for approval, and stderr says so.
        """
        from llmops.flows import hooks
        from llmops.registry.rules import apply_rules

        services, now = self._for_writing(), datetime.now(UTC)
        done = services.registry.register(paths, message=message, now=now)
        if said := apply_rules(services.store, self.settings, actor=self._actor, now=now):
            print(said, file=sys.stderr)
        hooks.fire(services, hooks.registered(services, done, now))
        return done

    def prompt(
        self,
        ref: str,
        *,
        fallback: str | Path | None = None,
        user: str | None = None,
        session: str | None = None,
    ) -> "Prompt":
        """A prompt by ref, ready to render. What an alias stands for is looked up again after `cache.alias_ttl`.

        Args:
            ref: which one.
            fallback: a prompt file below the workspace, for the time when neither the store nor what was kept has it.
            user: for whom. The same user is always given the same side of a canary.
            session: does what `user` does where no user is given.
        """
        return self._handles.prompt(parse_ref(ref, "prompt"), fallback, user, session)

    def app(self, ref: str) -> "App":
        """An app by ref. It follows its alias within `cache.alias_ttl`, and outlives an outage of the store."""
        return self._handles.app(parse_ref(ref, "app"))

    def guard(self, ref: str) -> "Guard":
        """A policy by ref. It follows its alias within `cache.alias_ttl`, and outlives an outage of the store."""
        return self._handles.guard(parse_ref(ref, "policy"))

    def model(self, ref: str, *, user: str | None = None, session: str | None = None) -> "Model":
        """A version of a model, with its files on this machine. What an alias stands for is looked up again after
        `cache.alias_ttl`, also while the store does not answer.

        Args:
            ref: which one, such as `churn@production`.
            user: for whom. The same user is always given the same side of a canary.
            session: does what `user` does where no user is given.
        """
        return self._handles.model(parse_ref(ref, "model"), user, session)

    def register_model(
        self,
        name: str,
        run: "Recorder | str | None" = None,
        *,
        files: Sequence[str | Path],
        signature: Json = None,
        example: Json = None,
        dataset: str = "",
        message: str = "",
    ) -> "Model":
        """Make a version of a model from files that a run logged, or from local ones.

        Args:
            name: what it is called.
            run: the run that it came from, or its id.
            files: names of files or folders logged on the run, else local paths.
            signature: what it takes and gives: a pair of examples, or types by names for `inputs` and `outputs`.
            example: an example of the inputs; their types are inferred from it where there is no signature.
            dataset: a ref of the dataset that it was trained on.
            message: what it is, or why there is a new version.

        Raises:
            NotFound: a file, the run or the dataset is not there.
            InputError: a file is not what its ending promises.
        """
        from llmops.flows.models.register import ModelParts, register_model
        from llmops.tracking.recorder import Recorder

        services = self._for_writing()
        if isinstance(run, Recorder):
            run.flush()
            run = run.id
        parts = ModelParts(files, run or "", signature, example, dataset, message)
        version = register_model(services, name, parts, datetime.now(UTC)).version
        return self.model(f"{version.name}@{version.number}")

    def index(self, name: str) -> "IndexHandle":
        """The index of a RAG configuration."""
        from llmops.flows.index_needs import who_needs
        from llmops.flows.index_sync import sync_index
        from llmops.flows.questions import write_questions
        from llmops.flows.refresh import open_index
        from llmops.flows.retrieval import find_retriever
        from llmops.workspace.index import IndexHandle

        ref = parse_ref(name, "rag")
        return IndexHandle(
            lambda writing: open_index(self._for_writing() if writing else self.services, ref),
            lambda options, bar: sync_index(self._for_writing(), ref, options, bar),
            lambda options, bar: write_questions(self._for_writing(), ref, options, bar),
            lambda: find_retriever(self.services, ref),
            lambda index: who_needs(self.services, index),
        )

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

    async def _evaluate(self, services: "Services", suite: str, options: "EvalOptions", progress: Progress) -> "Report":
        from llmops.flows.evaluation.evaluate import evaluate

        return await evaluate(services, parse_ref(suite, "suite"), options, progress=progress)

    def promote(
        self,
        ref: str,
        *,
        to: str,
        reason: str = "",
        canary: float | None = None,
        shadow: float | None = None,
        force: bool = False,
    ) -> "Move":
        """Move an alias to a registered version, if its rules of promotion are met; CheckFailed lists those that are not.

        `canary` and `shadow` are shares of traffic, 0.1 for 10 %; `force` moves it all the same, and needs a reason.
        """
        from llmops.flows.promotion.promote import PromoteOptions, promote

        options = PromoteOptions(canary, shadow, force=force, reason=reason)
        actor, now = self._actor(), datetime.now(UTC)
        move = promote(self._for_writing(), parse_ref(ref), to, options=options, actor=actor, now=now).move
        assert move is not None  # only a dry run has none
        return move

    def approve(self, ref: str, *, to: str, reason: str = "") -> "Approval":
        """Approve a version for an alias whose rules ask for approvals; its author cannot."""
        from llmops.flows.promotion.approve import approve

        actor, now = self._actor(), datetime.now(UTC)
        return approve(self._for_writing(), parse_ref(ref), to, actor=actor, reason=reason, now=now)

    def rollback(self, ref: str, *, to: int | None = None, reason: str = "") -> "Move":
        """Undo the last promotion to an alias: end its canary or shadow, else return to what it held before or to `to`."""
        from llmops.flows import hooks
        from llmops.registry import aliases

        services, actor, now = self._for_writing(), self._actor(), datetime.now(UTC)
        move = aliases.roll_back(services.registry, parse_ref(ref), to=to, actor=actor, reason=reason, now=now)
        hooks.fire(services, hooks.moved(move, now))
        return move

    def _actor(self) -> "Actor":
        from llmops.registry.aliases import find_actor

        return find_actor(os.environ, self.root)


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
    from llmops.storage.upgrade import upgrade

    root = find_root(Path.cwd())
    return upgrade(load_settings(root).store.url, root=root)


def _options(
    target: str | None, compare: str | None, model: str | None, repeats: int | None, limit: int | None
) -> "EvalOptions":
    from llmops.flows.evaluation.options import EvalOptions

    return EvalOptions(target=target, compare=compare, model=model, repeats=repeats, limit=limit)
