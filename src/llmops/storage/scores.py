"""Scores as numbers, read without the texts of their results: one value takes a microsecond, a result fifty.

Results are numbered from 0 within a run (`ordinal`); the numbers here are by that.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from sqlalchemy import JSON, ColumnElement, Connection, Integer, Select, case, cast, func, select
from sqlalchemy import Float as SqlFloat

from llmops.domain.evaluation import CaseResult, Direction
from llmops.storage.engine import Database
from llmops.storage.tables.runs import RESULTS, SCORES

A = TypeVar("A")
B = TypeVar("B")
_R: Final = RESULTS.c
_S: Final = SCORES.c


class ScoreRepository:
    """Reads scores of stored runs; an unknown run has none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def case_ids(self, run_id: str) -> dict[int, str]:
        """The case of each result."""
        query = select(_R.ordinal, _R.case_id).where(_R.run_id == run_id)
        with self._database.read() as connection:
            return dict(_plain(connection, query))

    def clusters(self, run_id: str) -> dict[int, str]:
        """The cluster of each result, which takes longer to read than its case."""
        cluster: ColumnElement[str] = (
            func.json_extract(_R.body, "$.cluster")
            if self._database.is_sqlite
            else cast(_R.body, JSON)["cluster"].as_string()
        )
        query = select(_R.ordinal, cluster).where(_R.run_id == run_id)
        with self._database.read() as connection:
            return {ordinal: str(name) for ordinal, name in _plain(connection, query)}

    def values(self, run_id: str, label: str) -> list[tuple[int, float]]:
        """What one scorer gave, with the result it belongs to, in the order of results; nothing for missing scores."""
        given = (_S.run_id == run_id, _S.label == label, _S.status == "scored", _S.value.is_not(None))
        query = select(_S.ordinal, _S.value).where(*given).order_by(_S.ordinal)
        with self._database.read() as connection:
            return _plain(connection, query)

    def worst(
        self, run_id: str, ranges: Mapping[str, tuple[tuple[float, float], Direction]], limit: int
    ) -> list[CaseResult]:
        """The results with the most missing and failed scores, then with those farthest from the best of their ranges."""
        missing = func.sum(cast(_S.status == "missing", Integer))
        failed = func.sum(case((_S.passed.is_(False), 1), else_=0))
        short = func.avg(_shortfall(ranges))
        lost = case((missing == func.count(), 1), else_=0)
        query = (
            select(_S.ordinal)
            .where(_S.run_id == run_id)
            .group_by(_S.ordinal)
            .having((missing > 0) | (failed > 0) | (short > 1e-9))
            .order_by(lost.desc(), failed.desc(), func.coalesce(short, 0.0).desc(), missing.desc(), _S.ordinal)
            .limit(limit)
        )
        with self._database.read() as connection:
            order = [ordinal for (ordinal,) in connection.execute(query)]
        return self._results(run_id, order)

    def of_case(self, run_id: str, case_id: str) -> list[CaseResult]:
        """All answers to one case."""
        query = select(_R.ordinal).where(_R.run_id == run_id, _R.case_id == case_id).order_by(_R.repeat)
        with self._database.read() as connection:
            order = [ordinal for (ordinal,) in connection.execute(query)]
        return self._results(run_id, order)

    def _results(self, run_id: str, order: Sequence[int]) -> list[CaseResult]:
        query = select(_R.ordinal, _R.body).where(_R.run_id == run_id, _R.ordinal.in_(order))
        with self._database.read() as connection:
            found = {row.ordinal: row.body for row in connection.execute(query)}
        return [CaseResult.model_validate_json(found[ordinal]) for ordinal in order]


def _plain(connection: Connection, query: "Select[tuple[A, B]]") -> list[tuple[A, B]]:
    """Rows as the driver gives them, which are pairs already: SQLAlchemy would wrap each one of many."""
    return list(connection.execute(query).cursor.fetchall())


def _shortfall(ranges: Mapping[str, tuple[tuple[float, float], Direction]]) -> ColumnElement[float]:
    """How far a value falls short of the best of its range, from 0 to 1; NULL for scorers without one."""
    parts = []
    for label, ((low, high), direction) in ranges.items():
        place = (_S.value - low) / (high - low)
        parts.append((_S.label == label, place if direction == "lower" else 1.0 - place))
    return case(*parts, else_=None) if parts else cast(None, SqlFloat)
