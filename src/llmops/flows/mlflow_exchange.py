"""Runs out of MLflow, and back into it: a tracking server, an SQLite file or a folder, through MLflow's own client.

A run keeps its name on both sides: what comes from MLflow is called `run-mlflow-` and its id there, what goes there has the tag
`llmops.run_id`. So a second time does nothing, and a run that went there and comes back is known.
"""

import math
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from llmops.core.errors import InputError, NotFound, OutsideError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.domain.run import MetricPoint, Run, RunBatch, RunFile, RunRecord, RunStatus
from llmops.storage.store import Store
from llmops.tracking import contents
from llmops.tracking.recorder import MOST_VALUE, as_texts

PREFIX: Final = "run-mlflow-"
ID_TAG: Final = "llmops.run_id"
_OURS: Final = re.compile(r"run-[0-9a-z-]{1,80}")
_STATUSES: Final[dict[str, RunStatus]] = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "interrupted"}
_SETTINGS: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # its own 7 take minutes to tell that there is no server
}
_MOST_PARAM: Final = 6000
_NO_KEY: Final = re.compile(r"[^\w\-. /:]")  # what MLflow takes in no key
_POINTS: Final = 1000
_VALUES: Final = 100


@dataclass
class Exchanged:
    """What was carried over: the new runs by id and name, how many were there already, and what was left out, in words."""

    new: list[tuple[str, str]] = field(default_factory=list)
    known: int = 0
    remarks: list[str] = field(default_factory=list)


def import_mlflow(store: Store, uri: str, experiments: Sequence[str] = (), *, files: bool = True) -> Exchanged:
    """Bring the ended runs of MLflow's experiments into the store, of all of them where none is named.

    Raises:
        InputError: MLflow is not installed.
        NotFound: there is no such experiment.
        OutsideError: MLflow does not answer.
    """
    done = Exchanged()
    with _client(uri) as client:
        names = {found.experiment_id: found.name for found in _pages(client.search_experiments)}
        for name in experiments:
            if name not in names.values():
                raise NotFound(f"{uri} has no experiment {name!r}", hint=did_you_mean(name, sorted(names.values())))
        for experiment, name in names.items():
            if not experiments or name in experiments:
                for found in _pages(client.search_runs, [experiment]):
                    _take(store, client, found, name, done, files=files)
    return done


def export_mlflow(store: Store, uri: str, runs: Sequence[Run], *, files: bool = True) -> Exchanged:
    """Write runs to MLflow, each into the experiment of its name; trainings with all their points and files.

    Raises:
        InputError: MLflow is not installed.
        OutsideError: MLflow does not take one; those before it are there.
    """
    done = Exchanged()
    there: dict[str, str] = {}
    with _client(uri) as client:
        for run in sorted(runs, key=lambda run: run.started_at):
            (record,) = store.tracking.records([run])
            name = run.experiment or run.name
            known = client.get_experiment_by_name(name)
            experiment = known.experiment_id if known else client.create_experiment(name)
            if (found := _found_there(client, experiment, run.id)) is not None:
                there[run.id], done.known = found, done.known + 1
            elif run.status == "running":
                done.remarks.append(f"{run.id} has not ended and was left out")
            else:
                there[run.id] = _give(store, client, record, experiment, there.get(run.parent, ""), files=files)
                done.new.append((run.id, run.name))
    return done


@contextmanager
def _client(uri: str) -> Iterator[Json]:
    """MLflow's client; what it raises is told as what happened outside."""
    for key, value in _SETTINGS.items():
        os.environ.setdefault(key, value)
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise InputError("MLflow is not installed", hint="pip install mlflow-skinny, or mlflow") from error
    try:
        yield MlflowClient(tracking_uri=uri)
    except MlflowException as error:
        raise OutsideError(
            f"MLflow at {uri}: {str(error).splitlines()[0]}",
            hint="Name a server (http://127.0.0.1:5000), a database (sqlite:///mlflow.db) or a folder (./mlruns).",
        ) from error


def _pages(search: Json, *arguments: Json) -> Iterator[Json]:
    token = None
    while True:
        found = search(*arguments, page_token=token)
        yield from found
        if not (token := found.token):
            return


def _take(store: Store, client: Json, found: Json, experiment: str, done: Exchanged, *, files: bool) -> None:
    there, tags = found.info.run_id, dict(found.data.tags)
    run_id = _our_id(there, tags)
    if _is_here(store, run_id):
        done.known += 1
        return
    if (status := _STATUSES.get(found.info.status)) is None:
        done.remarks.append(f"{there} is {found.info.status.lower()} and was left out")
        return
    parent = tags.get("mlflow.parentRunId", "")
    commit = tags.get("mlflow.source.git.commit", "")
    run = Run(
        id=run_id,
        type="training",
        name=found.info.run_name or there,
        experiment=experiment,
        parent=PREFIX + parent if parent else "",
        started_at=_moment(found.info.start_time),
        refs={"commit": commit} if commit else {},
    )
    points = {key: [_point(one) for one in client.get_metric_history(there, key)] for key in found.data.metrics}
    batch = RunBatch(
        run_id,
        as_texts({key: value[:MOST_VALUE] for key, value in found.data.params.items()}),
        as_texts({key: value[:MOST_VALUE] for key, value in tags.items()}),
        points,
        _files_there(store, client, there, done) if files else (),
    )
    ended = _moment(found.info.end_time or found.info.start_time)
    with store.transaction():
        store.runs.start(run)
        store.tracking.record([batch], ended)
        store.runs.finish(run_id, status, None, ended)
    done.new.append((run_id, run.name))


def _give(store: Store, client: Json, record: RunRecord, experiment: str, parent: str, *, files: bool) -> str:
    from mlflow.entities import Metric, Param, RunTag

    run = record.run
    tags = {**record.tags, ID_TAG: run.id, "llmops.type": run.type}
    if parent:
        tags["mlflow.parentRunId"] = parent
    if commit := run.refs.get("commit"):
        tags.setdefault("mlflow.source.git.commit", commit)
    created = client.create_run(experiment, start_time=_millis(run.started_at), run_name=run.name)
    there: str = created.info.run_id
    params = [Param(_key(key), value[:_MOST_PARAM]) for key, value in record.params.items()]
    for some in _parts(params, _VALUES):
        client.log_batch(there, params=some)
    for some in _parts([RunTag(_key(key), value) for key, value in tags.items()], _VALUES):
        client.log_batch(there, tags=some)
    for key in record.metrics:
        given = [
            Metric(_key(key), math.nan if point.value is None else point.value, round(point.at * 1000), point.step)
            for point in store.tracking.history(run.id, key)
        ]
        for some in _parts(given, _POINTS):
            client.log_batch(there, metrics=some)
    if files:
        _give_files(store, client, there, record.files)
    ending = {"finished": "FINISHED", "failed": "FAILED"}.get(run.status, "KILLED")
    client.set_terminated(there, ending, end_time=_millis(run.ended_at or run.started_at))
    return there


def _give_files(store: Store, client: Json, there: str, files: Sequence[RunFile]) -> None:
    for file in files:
        with tempfile.TemporaryDirectory(prefix="llmops-") as folder:
            path = Path(folder) / Path(file.path).name
            path.write_bytes(store.blobs.get(file.digest))
            above = Path(file.path).parent.as_posix()
            client.log_artifact(there, str(path), None if above == "." else above)


def _files_there(store: Store, client: Json, there: str, done: Exchanged) -> list[RunFile]:
    kept, folders = [], [""]
    with tempfile.TemporaryDirectory(prefix="llmops-") as folder:
        while folders:
            for entry in client.list_artifacts(there, folders.pop() or None):
                if entry.is_dir:
                    folders.append(entry.path)
                    continue
                try:
                    name = contents.check_path(entry.path)
                except InputError as error:
                    done.remarks.append(f"a file of {there} was left out: {error.message}")
                    continue
                path = Path(client.download_artifacts(there, entry.path, folder))
                kept.append(contents.of_file(store.blobs, path, name))
                path.unlink(missing_ok=True)
    return kept


def _our_id(there: str, tags: Mapping[str, str]) -> str:
    ours = tags.get(ID_TAG, "")
    return ours if _OURS.fullmatch(ours) else PREFIX + there


def _is_here(store: Store, run_id: str) -> bool:
    try:
        return store.runs.get(run_id).id == run_id
    except InputError:
        return False


def _found_there(client: Json, experiment: str, run_id: str) -> str | None:
    """The run there that is this one: it came from there, or was written there before."""
    if run_id.startswith(PREFIX):
        from mlflow.exceptions import MlflowException

        try:
            found: str = client.get_run(run_id.removeprefix(PREFIX)).info.run_id
            return found
        except MlflowException:
            pass  # it came from another MLflow
    known = client.search_runs([experiment], f"tags.`{ID_TAG}` = '{run_id}'", max_results=1)
    return known[0].info.run_id if known else None


def _point(metric: Json) -> MetricPoint:
    return MetricPoint(metric.step, metric.timestamp / 1000, None if math.isnan(metric.value) else metric.value)


def _moment(millis: int | None) -> datetime:
    return datetime.fromtimestamp((millis or 0) / 1000, UTC)


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _key(key: str) -> str:
    return _NO_KEY.sub("_", key)


def _parts(items: Sequence[Json], size: int) -> Iterator[Sequence[Json]]:
    return (items[start : start + size] for start in range(0, len(items), size))
