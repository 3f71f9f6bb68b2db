"""What runs record: parameters, tags, metrics with all their points, files; written in batches while a run goes on."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.domain.run import Metric, MetricPoint, Run, RunBatch, RunFile, RunRecord
from llmops.storage.engine import Database
from llmops.storage.tables.runs import RUNS
from llmops.storage.tables.tracking import METRIC_POINTS, RUN_FILES, RUN_METRICS, RUN_VALUES
from llmops.storage.upserts import insert_or_update

HEAD: Final = 200  # characters of a value that its index holds
ValueNoun = Literal["param", "tag"]

_M: Final = RUN_METRICS.c
_P: Final = METRIC_POINTS.c
_V: Final = RUN_VALUES.c
_PAGE: Final = 10_000
_KNOWN_METRICS: Final = select(RUN_METRICS).where(_M.run_id == bindparam("of_run"))
_ADD_METRICS: Final = insert(RUN_METRICS).returning(_M.key, _M.id)
_ADD_POINTS: Final = "INSERT INTO metric_points (metric_id, ordinal, step, at, value) VALUES ({0}, {0}, {0}, {0}, {0})"
_SEEN: Final = update(RUNS).where(RUNS.c.id == bindparam("of_run")).values(seen_at=bindparam("now"))


class TrackingRepository:
    """Writes and reads what runs record; an unknown run has recorded nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, batches: Sequence[RunBatch], now: datetime) -> None:
        """Add what runs have recorded, in one transaction, and note that they are alive.

        A parameter or tag that is there is replaced, and a file of the same path.

        Raises:
            NotFound: a run was removed meanwhile; nothing is written then.
        """
        with self._database.transaction() as connection:
            for batch in batches:
                # On PostgreSQL this row lock keeps two processes of one run from numbering points alike.
                if connection.execute(_SEEN, {"of_run": batch.run_id, "now": now}).rowcount == 0:
                    raise NotFound(
                        f"there is no run {batch.run_id!r}", hint="It was deleted while it went on; start another one."
                    )
                rows = [
                    *_value_rows(batch.run_id, "param", batch.params),
                    *_value_rows(batch.run_id, "tag", batch.tags),
                ]
                insert_or_update(connection, RUN_VALUES, rows)
                if batch.points:
                    _add_points(connection, batch.run_id, batch.points)
                files = [{"run_id": batch.run_id, **file.model_dump()} for file in batch.files]
                insert_or_update(connection, RUN_FILES, files)

    def remove_tag(self, run_id: str, key: str) -> None:
        """Remove a tag; one that is not there is no error."""
        one = (_V.run_id == run_id) & (_V.noun == "tag") & (_V.key == key)
        with self._database.transaction() as connection:
            connection.execute(delete(RUN_VALUES).where(one))

    def records(self, runs: Sequence[Run]) -> list[RunRecord]:
        """All that these runs recorded, but the histories of their metrics."""
        found: dict[str, dict[str, Json]] = {
            run.id: {"params": {}, "tags": {}, "metrics": {}, "files": []} for run in runs
        }
        ids = list(found)
        with self._database.read() as connection:
            for some in _parts(ids):
                values = select(RUN_VALUES).where(_V.run_id.in_(some)).order_by(_V.key)
                for row in connection.execute(values):
                    found[row.run_id]["params" if row.noun == "param" else "tags"][row.key] = row.value
                for row in connection.execute(select(RUN_METRICS).where(_M.run_id.in_(some)).order_by(_M.key)):
                    found[row.run_id]["metrics"][row.key] = _metric(row)
                files = select(RUN_FILES).where(RUN_FILES.c.run_id.in_(some)).order_by(RUN_FILES.c.path)
                for row in connection.execute(files):
                    found[row.run_id]["files"].append(RunFile(path=row.path, digest=row.digest, size=row.size))
        return [RunRecord(run=run, **found[run.id]) for run in runs]

    def history(self, run_id: str, key: str) -> list[MetricPoint]:
        """All points of a metric in the order they arrived."""
        mine = select(_M.id).where(_M.run_id == run_id, _M.key == key).scalar_subquery()
        query = select(_P.step, _P.at, _P.value).where(_P.metric_id == mine).order_by(_P.ordinal)
        with self._database.read() as connection:
            # What the driver gives are tuples already; SQLAlchemy would wrap each of them.
            return list(map(MetricPoint._make, connection.execute(query).cursor.fetchall()))

    def curves(self, run_ids: Sequence[str], key: str, most: int) -> dict[str, list[tuple[int, float | None]]]:
        """Steps and values of a metric in several runs, by step; of more than `most` points every n-th one, and the last."""
        stride = (_M["count"] + (most - 1)) // most
        kept = (_P.ordinal % stride == 0) | (_P.ordinal == _M["count"] - 1)
        found: dict[str, list[tuple[int, float | None]]] = {}
        with self._database.read() as connection:
            for some in _parts(run_ids):
                mine = (_M.key == key) & _M.run_id.in_(some)
                query = select(_M.run_id, _P.step, _P.value).join(RUN_METRICS, _M.id == _P.metric_id).where(mine, kept)
                for run_id, step, value in connection.execute(query.order_by(_M.run_id, _P.step, _P.ordinal)):
                    found.setdefault(run_id, []).append((step, value))
        return found

    def files(self) -> Iterator[RunFile]:
        """The files of all runs, by digest; each once for every run that has it."""
        query = select(RUN_FILES.c.path, RUN_FILES.c.digest, RUN_FILES.c.size).order_by(RUN_FILES.c.digest)
        with self._database.read() as connection:
            for row in connection.execute(query):
                yield RunFile(path=row.path, digest=row.digest, size=row.size)


def number_of(text: str) -> float | None:
    """The number that a text is, or None; `nan` and `inf` are none that one could search by."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _value_rows(run_id: str, noun: ValueNoun, values: Mapping[str, str]) -> Iterator[dict[str, Json]]:
    for key, value in values.items():
        place = {"run_id": run_id, "noun": noun, "key": key}
        yield {**place, "value": value, "head": value[:HEAD], "number": number_of(value)}


def _add_points(connection: Connection, run_id: str, points: Mapping[str, Sequence[MetricPoint]]) -> None:
    known = {row.key: row for row in connection.execute(_KNOWN_METRICS, {"of_run": run_id})}
    fresh = [_summary(run_id, key, points[key]) for key in points if key not in known]
    ids: dict[str, int] = {key: row.id for key, row in known.items()}
    if fresh:
        ids |= {row.key: row.id for row in connection.execute(_ADD_METRICS, fresh)}
    for key, new in points.items():
        if key in known:
            changed = _merged(_summary(run_id, key, new), dict(known[key]._mapping))
            connection.execute(update(RUN_METRICS).where(_M.id == ids[key]).values(changed))
    counts: dict[str, int] = {key: row._mapping["count"] for key, row in known.items()}
    rows: list[tuple[Json, ...]] = []
    for key, new in points.items():
        first, metric_id = counts.get(key, 0), ids[key]
        rows += [(metric_id, ordinal, *point) for ordinal, point in enumerate(new, first)]
    # Straight to the driver: half the time of a row would go into its dictionary.
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(_ADD_POINTS.format(mark), rows)


def _summary(run_id: str, key: str, points: Sequence[MetricPoint]) -> dict[str, Json]:
    last = max(points, key=lambda point: (point.step, point.at))
    numbers = [point.value for point in points if point.value is not None]
    return {
        "run_id": run_id,
        "key": key,
        "last": last.value,
        "step": last.step,
        "at": last.at,
        "lowest": min(numbers, default=None),
        "highest": max(numbers, default=None),
        "count": len(points),
    }


def _merged(new: dict[str, Json], old: Mapping[str, Json]) -> dict[str, Json]:
    """The summary of the points that are there and the new ones."""
    latest = new if (new["step"], new["at"]) >= (old["step"], old["at"]) else old
    ends = {
        name: best((row[name] for row in (new, old) if row[name] is not None), default=None)
        for name, best in (("lowest", min), ("highest", max))
    }
    return {name: latest[name] for name in ("last", "step", "at")} | ends | {"count": new["count"] + old["count"]}


def _metric(row: Json) -> Metric:
    at = datetime.fromtimestamp(row.at, UTC)
    ends = {"lowest": row.lowest, "highest": row.highest}
    return Metric(key=row.key, value=row.last, step=row.step, at=at, count=row.count, **ends)


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE))
