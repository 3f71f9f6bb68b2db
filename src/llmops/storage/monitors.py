"""What monitors know between two evaluations: small, and written together with how far they have read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, update

from llmops.core.hashing import Json
from llmops.domain.signal import SignalStatus
from llmops.storage.engine import Database
from llmops.storage.leases import Leased
from llmops.storage.tables.monitors import MONITOR_POINTS, MONITOR_STREAMS, MONITORS

MONITOR_RUNS: Final = Leased("monitor", "being evaluated", "llmops monitor status", prefix="monitor:")

_M: Final = MONITORS.c
_S: Final = MONITOR_STREAMS.c
_P: Final = MONITOR_POINTS.c
StreamKey = tuple[str, str]
"""Signal and segment."""


@dataclass(frozen=True, slots=True)
class MonitorState:
    """What a monitor knows. `basis` is the digest of what it must not forget the rest for."""

    basis: str
    state: Json
    streams: Mapping[StreamKey, Json]
    updated_at: datetime


class MonitorRepository:
    """Reads and writes what monitors know and said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, name: str) -> MonitorState | None:
        """What a monitor knows; None before its first evaluation."""
        with self._database.read() as connection:
            row = connection.execute(select(MONITORS).where(_M.name == name)).one_or_none()
            if row is None:
                return None
            found = connection.execute(select(MONITOR_STREAMS).where(_S.monitor == name))
            streams = {(one.signal, one.segment): json.loads(one.state) for one in found}
        return MonitorState(row.basis, json.loads(row.state), streams, row.updated_at)

    def names(self) -> list[str]:
        """The monitors that know something."""
        with self._database.read() as connection:
            return list(connection.scalars(select(_M.name).order_by(_M.name)))

    def save(self, name: str, known: MonitorState) -> None:
        """Keep what a monitor knows now; streams that are not among them stay as they are."""
        row = {"basis": known.basis, "state": _json(known.state), "updated_at": known.updated_at}
        with self._database.transaction() as connection:
            if connection.execute(update(MONITORS).where(_M.name == name).values(**row)).rowcount == 0:
                connection.execute(insert(MONITORS), {"name": name, **row})
            for signal, segment in known.streams:
                mine = (_S.monitor == name) & (_S.signal == signal) & (_S.segment == segment)
                connection.execute(delete(MONITOR_STREAMS).where(mine))
            rows = [
                {"monitor": name, "signal": signal, "segment": segment, "state": _json(state)}
                for (signal, segment), state in known.streams.items()
            ]
            if rows:
                connection.execute(insert(MONITOR_STREAMS), rows)

    def forget(self, name: str) -> None:
        """Forget what a monitor knows and said."""
        with self._database.transaction() as connection:
            for table in (MONITOR_POINTS, MONITOR_STREAMS):
                connection.execute(delete(table).where(table.c.monitor == name))
            connection.execute(delete(MONITORS).where(_M.name == name))

    def drop_streams(self, name: str, keys: Sequence[StreamKey]) -> None:
        """Forget some streams."""
        with self._database.transaction() as connection:
            for signal, segment in keys:
                mine = (_S.monitor == name) & (_S.signal == signal) & (_S.segment == segment)
                connection.execute(delete(MONITOR_STREAMS).where(mine))

    def add_points(self, name: str, at: datetime, statuses: Sequence[SignalStatus]) -> None:
        """Keep what a monitor said at an evaluation."""
        same = ("signal", "segment", "promise", "state", "statistic", "threshold", "observations")
        rows = [
            {
                "monitor": name,
                "at": at,
                "mean": status.current,
                "status": status.model_dump_json(),
                **{key: getattr(status, key) for key in same},
            }
            for status in statuses
        ]
        if rows:
            with self._database.transaction() as connection:
                connection.execute(insert(MONITOR_POINTS), rows)

    def latest(self, name: str) -> tuple[datetime | None, list[SignalStatus]]:
        """What a monitor said last, and when."""
        with self._database.read() as connection:
            last = select(_P.at).where(_P.monitor == name).order_by(_P.at.desc()).limit(1)
            at = connection.execute(last).scalar()
            if at is None:
                return None, []
            query = select(_P.status).where((_P.monitor == name) & (_P.at == at)).order_by(_P.id)
            return at, [SignalStatus.model_validate_json(text) for text in connection.scalars(query)]

    def points(
        self, name: str, *, since: datetime | None = None, signal: str | None = None
    ) -> list[tuple[datetime, SignalStatus]]:
        """What a monitor said at each evaluation, of all signals or one, oldest first."""
        query = select(_P.at, _P.status).where(_P.monitor == name).order_by(_P.at, _P.id)
        if since is not None:
            query = query.where(_P.at >= since)
        if signal is not None:
            query = query.where(_P.signal == signal)
        with self._database.read() as connection:
            return [(at, SignalStatus.model_validate_json(text)) for at, text in connection.execute(query)]


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
