"""Takes interactions out of the log, by user or by age, with proof: a row of the history says what went."""

from datetime import datetime

from sqlalchemy import delete, func, select

from llmops.core.hashing import digest
from llmops.domain.artifact import Actor, Move, MoveRecord
from llmops.storage.engine import Database
from llmops.storage.history import Entry, append
from llmops.storage.tables.interactions import FEEDBACK, INTERACTIONS

_I = INTERACTIONS.c
_BATCH = 500


def erase(
    database: Database,
    *,
    user: str = "",
    before: datetime | None = None,
    actor: Actor,
    reason: str,
    now: datetime,
) -> Move | None:
    """Delete the interactions of a user (by hash), or those before a moment, with texts, words and feedback.

    Returns the row of the history with the counts and a digest of the ids; None where there was nothing to delete.
    """
    wanted = [_I.user_hash == user] if user else []
    if before is not None:
        wanted.append(_I.at < before)
    assert wanted, "everything is never meant"
    with database.transaction() as connection:
        database.lock_registry(connection)
        ids = list(connection.scalars(select(_I.id).where(*wanted).order_by(_I.id)))
        if not ids:
            return None
        first, last = connection.execute(select(func.min(_I.at), func.max(_I.at)).where(*wanted)).one()
        of_these = select(_I.id).where(*wanted)
        said = connection.execute(
            select(func.count()).select_from(FEEDBACK).where(FEEDBACK.c.interaction_id.in_(of_these))
        ).scalar_one()
        connection.execute(delete(INTERACTIONS).where(*wanted))
        left = connection.execute(select(func.count()).select_from(INTERACTIONS).where(*wanted)).scalar_one()
        details = {
            "user": user,
            "before": before.isoformat() if before else "",
            "interactions": len(ids),
            "feedback": said,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "ids": digest("erased", ids),
            "left": left,
        }
        record = MoveRecord(details=details)
        entry = Entry(action="erase", alias="log", actor=actor, reason=reason, at=now, record=record)
        return append(connection, entry)
