"""When sources were last listed, since when changes wait, and how long changes took."""

from datetime import datetime

from sqlalchemy import and_, func, select, update

from llmops.storage.engine import Database
from llmops.storage.tables.corpus import COMMITS, GENERATIONS, ITEMS, OUTBOX


class FreshnessRepository:
    """What is known of how far generations are behind their sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note_listed(self, generation: int, now: datetime) -> None:
        """Note that the sources were listed to the end and nothing was new."""
        later = GENERATIONS.c.synced_at < now
        with self._database.transaction() as connection:
            connection.execute(update(GENERATIONS).where(GENERATIONS.c.id == generation, later).values(synced_at=now))

    def lacks_since(self, generation: int) -> float | None:
        """Since when a generation may lack a change, in seconds since 1970: since its sources were last listed to the end, or
        the oldest change that waits for its vector was made, whichever is longer ago; None where they never were listed."""
        with self._database.read() as connection:
            synced = connection.scalar(select(GENERATIONS.c.synced_at).where(GENERATIONS.c.id == generation))
            oldest = connection.scalar(
                select(func.min(OUTBOX.c.changed_at)).where(OUTBOX.c.generation_id == generation)
            )
        if synced is None:
            return None
        listed: float = synced.timestamp()
        return listed if oldest is None else min(listed, float(oldest))

    def delays(self, generation: int, limit: int) -> list[float]:
        """For the documents that changed last: the seconds from their change to its commit. Those that are as they were when
        the generation was made do not count: they waited for the build, and not for a sync."""
        statement = (
            select(COMMITS.c.at, ITEMS.c.changed_at)
            .join(COMMITS, and_(COMMITS.c.generation_id == ITEMS.c.generation_id, COMMITS.c.sequence == ITEMS.c.since))
            .where(ITEMS.c.generation_id == generation)
            .order_by(ITEMS.c.since.desc())
        )
        with self._database.read() as connection:
            made = connection.scalar(select(GENERATIONS.c.created_at).where(GENERATIONS.c.id == generation))
            since = made.timestamp() if made is not None else 0.0
            rows = connection.execute(statement.where(ITEMS.c.changed_at > since).limit(limit))
            return [at.timestamp() - changed_at for at, changed_at in rows]
