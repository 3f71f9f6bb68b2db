"""How a run begins, is taken up again or joined, and how it ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from llmops.core.errors import InputError
from llmops.core.names import check_name, new_id
from llmops.domain.run import Run, RunEnding, RunFile, RunStatus
from llmops.storage.leases import is_dead, this_process
from llmops.storage.store import Store
from llmops.tracking import contents
from llmops.tracking.environment import read_commit, read_environment
from llmops.tracking.system import SystemLoad

SILENT_SECONDS: Final = 300
_KEPT_FOR: Final = timedelta(minutes=30)  # less than a collection of blobs leaves alone what was put


@dataclass(frozen=True, slots=True)
class Begun:
    """A run as it stands when its recording begins: its parameters, the last step of each metric, files of its surroundings."""

    run: Run
    params: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)
    files: tuple[RunFile, ...] = ()


class Beginning:
    """What a run is to be: a new one, or the one of `run_id`. `tags` are texts; `watch` reads the machine."""

    def __init__(
        self,
        store: Store,
        root: Path,
        name: str,
        *,
        experiment: str = "",
        parent: str = "",
        run_id: str = "",
        tags: Mapping[str, str] | None = None,
        watch: SystemLoad | None = None,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._root = root
        self._name = check_name(name)
        self._experiment = check_name(experiment) if experiment else ""
        self._parent = parent
        self._run_id = run_id
        self._clock = clock
        self._owns = True
        self.tags = dict(tags or {})
        self.watch = watch

    def begin(self) -> Begun:
        """Start the run in the store, or take it up again; one that another process is recording is joined.

        Raises:
            NotFound: there is no run of that id, or no such parent.
            InputError: it is an evaluation, or of another name.
        """
        return self._take_up() if self._run_id else self._new()

    def ending(self, status: RunStatus) -> RunEnding | None:
        """How the run ends now; None for one that was joined, which is left to the one who began it."""
        return RunEnding(status, self._clock(), this_process()) if self._owns else None

    def _new(self) -> Begun:
        now = self._clock()
        refs, files = self._surroundings()
        if self._parent:
            parent = self._store.runs.get(self._parent)
            self._parent, self._experiment = parent.id, self._experiment or parent.experiment
        run = Run(
            id=new_id("run", now=now.timestamp()),
            type="training",
            name=self._name,
            experiment=self._experiment or self._name,
            parent=self._parent,
            started_at=now,
            refs=refs,
            holder=this_process(),
            seen_at=now,
        )
        self._store.runs.start(run)
        return Begun(run, files=files)

    def _take_up(self) -> Begun:
        run = self._store.runs.get(self._run_id)
        if run.type != "training":
            raise InputError(
                f"{run.id} is an evaluation", hint=f"Go on with it by: llmops eval {run.name} --resume {run.id}"
            )
        if run.name != self._name:
            raise InputError(
                f"run {run.id} is called {run.name!r}, not {self._name!r}", hint=f"ws.run({run.name!r}, …)"
            )
        now = self._clock()
        self._owns = run.status != "running" or is_lost(run, now)
        if self._owns:
            self._store.runs.resume(run.id, this_process(), now)
        (record,) = self._store.tracking.records([run])
        return Begun(run, record.params, {key: metric.step for key, metric in record.metrics.items()})

    def _surroundings(self) -> tuple[dict[str, str], tuple[RunFile, ...]]:
        """What it runs in, by digest, and as files of the run; what was kept before is not kept again."""
        commit, environment = read_commit(self._root), read_environment()
        kept = _kept.setdefault(self._store, {})
        refs = {"commit": commit.commit} if commit.commit else {}
        files = []
        for key, name, data in (
            ("environment", "llmops/environment.json", environment),
            ("changes", "llmops/changes.diff", commit.diff),
        ):
            if not data:
                continue
            known, now = kept.get(key), self._clock()
            if known is None or known[0] != data or now - known[2] > _KEPT_FOR:
                known = kept[key] = data, contents.of_bytes(self._store.blobs, data, name), now
            files.append(known[1])
            refs[key] = known[1].digest
        return refs, tuple(files)


_kept: "WeakKeyDictionary[Store, dict[str, tuple[bytes, RunFile, datetime]]]" = WeakKeyDictionary()


def is_lost(run: Run, now: datetime) -> bool:
    """Whether a run that never ended will not: its process is gone, or has given no sign of life for five minutes."""
    if run.status != "running" or not run.holder:
        return False
    return is_dead(run.holder) or (run.seen_at is not None and now - run.seen_at > timedelta(seconds=SILENT_SECONDS))
