"""Alerts and what happened to them; at most one that is not closed for each cause of a monitor."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, func, insert, or_, select, update

from llmops.core.errors import InvalidRef, NotFound
from llmops.core.hashing import Json, canonical_json
from llmops.domain.alert import Alert, AlertEvent, AlertState
from llmops.domain.artifact import Actor
from llmops.storage.engine import Database
from llmops.storage.tables.alerts import ALERT_EVENTS, ALERTS

_A: Final = ALERTS.c
_E: Final = ALERT_EVENTS.c
_DETAILS: Final = {"streams", "changes", "examples", "findings"}


class AlertRepository:
    """Reads and writes alerts. What is decided on what was read is decided inside of one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, monitor: str, closed_since: datetime) -> list[Alert]:
        """The alerts of a monitor that are not closed, or were closed since then, oldest first."""
        wanted = or_(_A.state != "closed", _A.closed_at >= closed_since)
        query = select(ALERTS).where(_A.monitor == monitor, wanted).order_by(_A.opened_at, _A.id)
        with self._database.read() as connection:
            return _read(connection, query)

    def settle(
        self, monitor: str, closed_since: datetime, decide: Callable[[list[Alert]], Sequence[Alert]]
    ) -> list[Alert]:
        """Read what is `known` of a monitor, and keep what is decided of it; nobody else changes alerts meanwhile.

        What is written while deciding is part of the same transaction. Returns what was kept.
        """
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            known = self.known(monitor, closed_since)
            before = {alert.id: alert for alert in known}
            decided = list(decide(known))
            for alert in decided:
                _write(connection, alert, before.get(alert.id))
            return decided

    def change(self, alert_id: str, decide: Callable[[Alert], Alert]) -> Alert:
        """Read one alert and keep what is decided of it; nobody else changes it meanwhile.

        Raises:
            NotFound: there is none.
        """
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            before = self.get(alert_id)
            after = decide(before)
            if after != before:
                _write(connection, after, before)
            return after

    def get(self, alert_id: str) -> Alert:
        """The alert of an id, or of the beginning of one.

        Raises:
            NotFound: there is none.
            InvalidRef: several ids begin so.
        """
        begins = func.substr(_A.id, 1, len(alert_id)) == alert_id
        with self._database.read() as connection:
            found = _read(connection, select(ALERTS).where(begins).order_by(_A.id).limit(2)) if alert_id else []
        if not found:
            raise NotFound(f"there is no alert {alert_id!r}", hint="List them with: llmops alerts list --all")
        if len(found) > 1 and found[0].id != alert_id:
            raise InvalidRef(
                f"alert {alert_id!r} is ambiguous: {found[0].id} and {found[1].id} begin so",
                hint="Write more of the id.",
            )
        return found[0]

    def find(
        self, *, states: Sequence[AlertState] = (), monitor: str | None = None, limit: int | None = 50
    ) -> list[Alert]:
        """The latest alerts, newest first; of these states only, where some are named."""
        query = select(ALERTS).order_by(_A.opened_at.desc(), _A.id.desc()).limit(limit)
        if states:
            query = query.where(_A.state.in_(states))
        if monitor is not None:
            query = query.where(_A.monitor == monitor)
        with self._database.read() as connection:
            return _read(connection, query)

    def count(self) -> dict[tuple[str, AlertState], int]:
        """How many alerts there are, by monitor and state."""
        query = select(_A.monitor, _A.state, func.count()).group_by(_A.monitor, _A.state)
        with self._database.read() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query.order_by(_A.monitor, _A.state))}


def _read(connection: Connection, query: Select[tuple[Json, ...]]) -> list[Alert]:
    rows = connection.execute(query).mappings().all()
    events: dict[str, list[AlertEvent]] = {row["id"]: [] for row in rows}
    happened = select(ALERT_EVENTS).where(_E.alert_id.in_(list(events))).order_by(_E.id)
    for row in connection.execute(happened).mappings() if rows else ():
        actor = Actor(name=row["actor_name"], source=row["actor_source"])
        events[row["alert_id"]].append(AlertEvent(at=row["at"], what=row["what"], actor=actor, reason=row["reason"]))
    return [
        Alert.model_validate(
            {key: value for key, value in row.items() if key not in ("open_cause", "details")}
            | json.loads(row["details"])
            | {"events": tuple(events[row["id"]])}
        )
        for row in rows
    ]


def _write(connection: Connection, alert: Alert, before: Alert | None) -> None:
    row = alert.model_dump(exclude={*_DETAILS, "events"})
    row |= {
        "open_cause": None if alert.state == "closed" else alert.cause,
        "details": canonical_json(alert.model_dump(mode="json", include=_DETAILS)).decode(),
    }
    if before is None:
        connection.execute(insert(ALERTS), row)
    else:
        connection.execute(update(ALERTS).where(_A.id == alert.id).values(**row))
    new = alert.events[len(before.events) if before else 0 :]
    if new:
        connection.execute(
            insert(ALERT_EVENTS),
            [
                {
                    "alert_id": alert.id,
                    "at": event.at,
                    "what": event.what,
                    "actor_name": event.actor.name,
                    "actor_source": event.actor.source,
                    "reason": event.reason,
                }
                for event in new
            ],
        )
