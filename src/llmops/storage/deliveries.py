"""Deliveries of events to hooks: a queue in the store, so that none is lost with a process and none is sent twice at once.

Taking one up pushes its `due_at` past the time that the attempt may take: should the process die, the delivery is simply
due again. A process known to be dead (same host, no such process) is not waited for. A token fences off who was thought
dead and was only slow.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, update

from llmops.core.errors import InvalidRef, NotFound
from llmops.core.hashing import Json
from llmops.domain.hook import Delivery, DeliveryState
from llmops.storage.engine import Database
from llmops.storage.leases import is_dead, this_process
from llmops.storage.tables.deliveries import DELIVERIES
from llmops.storage.upserts import insert_new

KEPT: Final = timedelta(days=90)  # how long the log goes back
_D: Final = DELIVERIES.c
_CUT_OFF: Final = "given up: whoever tried ended before there was an answer, every time"


class DeliveryRepository:
    """The queue of deliveries, and its log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Queue deliveries; one of the same event to the same hook is ignored. What ended long ago is forgotten."""
        rows = [{**delivery.model_dump(), "holder": ""} for delivery in deliveries]
        with self._database.transaction() as connection:
            connection.execute(delete(DELIVERIES).where(_D.state != "pending", _D.ended_at < now - KEPT))
            insert_new(connection, DELIVERIES, rows)

    def claim(self, hook: str, *, lease: float, most: int, now: datetime) -> Delivery | None:
        """Take up the delivery to a hook that has been due longest, for `lease` seconds; None if none is due.

        One that was taken up `most` times and never ended is given up.
        """
        pending = and_(_D.hook == hook, _D.state == "pending")
        with self._database.transaction() as connection:
            free = or_(_D.due_at <= now, _D.holder.in_(_dead(connection, pending)))
            given_up = {"state": "failed", "error": _CUT_OFF, "ended_at": now, "holder": ""}
            connection.execute(update(DELIVERIES).where(pending, free, _D.attempts >= most).values(given_up))
            query = select(DELIVERIES).where(pending, free).order_by(_D.due_at, _D.created_at, _D.id).limit(1)
            row = connection.execute(query.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            changed = {
                "attempts": row.attempts + 1,
                "token": row.token + 1,
                "holder": this_process(),
                "due_at": now + timedelta(seconds=lease),
            }
            connection.execute(update(DELIVERIES).where(_D.id == row.id).values(changed))
            return _delivery(row).model_copy(update={key: changed[key] for key in ("attempts", "token", "due_at")})

    def settle(self, delivery: Delivery) -> bool:
        """Say how an attempt ended: `state`, `error`, `due_at`, `ended_at` of the delivery are kept, and it is let go.

        Returns False, and changes nothing, if someone else has taken it up meanwhile.
        """
        values = delivery.model_dump(include={"state", "error", "due_at", "ended_at"})
        mine = and_(_D.id == delivery.id, _D.token == delivery.token, _D.state == "pending")
        with self._database.transaction() as connection:
            return connection.execute(update(DELIVERIES).where(mine).values(**values, holder="")).rowcount == 1

    def revive(self, ids: Sequence[str] | None, now: datetime) -> list[str]:
        """Make deliveries due now, with all their attempts before them; returns their ids, oldest first.

        Args:
            ids: which ones; None: all that are pending or failed.
            now: the time. What someone is just delivering is left to them.
        """
        open_ = _D.state != "delivered"
        wanted = open_ if ids is None else and_(open_, _D.id.in_(ids))
        with self._database.transaction() as connection:
            free = or_(_D.holder == "", _D.due_at <= now, _D.holder.in_(_dead(connection, wanted)))
            found = connection.execute(select(_D.id).where(wanted, free).order_by(_D.created_at, _D.id)).scalars().all()
            values = {"state": "pending", "attempts": 0, "due_at": now, "ended_at": None, "holder": ""}
            connection.execute(update(DELIVERIES).where(_D.id.in_(found)).values(**values, token=_D.token + 1))
            return list(found)

    def next_due(self, hook: str) -> datetime | None:
        """When the next delivery to a hook may be tried; None if none waits."""
        query = select(func.min(_D.due_at)).where(_D.hook == hook, _D.state == "pending")
        with self._database.read() as connection:
            found: datetime | None = connection.execute(query).scalar()
            return found

    def get(self, delivery_id: str) -> Delivery:
        """The delivery of an id, or of the beginning of one.

        Raises:
            NotFound: there is none.
            InvalidRef: several ids begin so.
        """
        begins = func.substr(_D.id, 1, len(delivery_id)) == delivery_id
        with self._database.read() as connection:
            found = connection.execute(select(DELIVERIES).where(begins).order_by(_D.id).limit(2)).all()
        if not found or not delivery_id:
            raise NotFound(f"there is no delivery {delivery_id!r}", hint="List them with: llmops hooks deliveries")
        if len(found) > 1 and found[0].id != delivery_id:
            raise InvalidRef(
                f"delivery {delivery_id!r} is ambiguous: {found[0].id} and {found[1].id} begin so",
                hint="Write more of the id.",
            )
        return _delivery(found[0])

    def latest(
        self, *, hook: str | None = None, state: DeliveryState | None = None, limit: int | None = 50
    ) -> list[Delivery]:
        """The latest deliveries, newest first."""
        query = select(DELIVERIES).order_by(_D.created_at.desc(), _D.id.desc()).limit(limit)
        if hook is not None:
            query = query.where(_D.hook == hook)
        if state is not None:
            query = query.where(_D.state == state)
        with self._database.read() as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def count(self, state: DeliveryState) -> dict[str, int]:
        """How many deliveries are in a state, by hook."""
        query = select(_D.hook, func.count()).where(_D.state == state).group_by(_D.hook)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}


def _dead(connection: Connection, among: ColumnElement[bool]) -> list[str]:
    """Those who hold deliveries and are no more."""
    holders = connection.execute(select(_D.holder).where(among, _D.holder != "").distinct()).scalars()
    return [holder for holder in holders if is_dead(holder)]


def _delivery(row: Row[tuple[Json, ...]]) -> Delivery:
    return Delivery.model_validate({key: value for key, value in row._mapping.items() if key != "holder"})
