"""What runs record: parameters, tags, metrics with all their points, files; written in batches while a run goes on."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, select

from llmops.core.hashing import Json
from llmops.domain.run import Metric, MetricPoint, Run, RunBatch, RunFile, RunRecord
from llmops.storage.engine import Database
from llmops.storage.recording import write_batch
from llmops.storage.tables.tracking import METRIC_POINTS, RUN_FILES, RUN_METRICS, RUN_VALUES

_M: Final = RUN_METRICS.c
_P: Final = METRIC_POINTS.c
_V: Final = RUN_VALUES.c
_PAGE: Final = 10_000


class TrackingRepository:
    """Writes and reads what runs record; an unknown run has recorded nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, batches: Sequence[RunBatch], now: datetime | None) -> None:
        """Add what runs have recorded, in one transaction, and note that they are alive, or how they ended.

        A parameter or tag that is there is replaced, and a file of the same path.

        Args:
            batches: what to add.
            now: when that is; None for what was kept elsewhere meanwhile, some of which may be there.

        Raises:
            NotFound: a run was removed meanwhile; nothing is written then.
        """
        with self._database.driver() as driver:
            for batch in batches:
                write_batch(driver, batch, now)

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


def _metric(row: Json) -> Metric:
    at = datetime.fromtimestamp(row.at, UTC)
    ends = {"lowest": row.lowest, "highest": row.highest}
    return Metric(key=row.key, value=row.last, step=row.step, at=at, count=row.count, **ends)


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE))
