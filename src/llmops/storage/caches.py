"""Caches of model replies and of embeddings, by the digest of everything that matters for them.

A lost cache costs money, never truth: nothing here is evidence, all of it may be emptied at any time. Rows are written
sorted by key, so that two PostgreSQL writers never wait for each other in a ring.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select

from llmops.domain.interaction import ChatReply
from llmops.storage.engine import Database
from llmops.storage.tables.caches import EMBEDDINGS, REPLIES
from llmops.storage.upserts import insert_new

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

_BATCH: Final = 500
_ONE_REPLY: Final = select(REPLIES.c.reply).where(REPLIES.c.key == bindparam("wanted"))
_SOME_VECTORS: Final = select(EMBEDDINGS.c.key, EMBEDDINGS.c.vector).where(
    EMBEDDINGS.c.key.in_(bindparam("wanted", expanding=True))
)
_SOME_KEYS: Final = select(EMBEDDINGS.c.key).where(EMBEDDINGS.c.key.in_(bindparam("wanted", expanding=True)))


class ReplyRepository:
    """Replies by key; the first one stored under a key stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> ChatReply | None:
        """The reply stored under a key."""
        with self._database.read() as connection:
            text = connection.execute(_ONE_REPLY, {"wanted": key}).scalar()
        return None if text is None else ChatReply.model_validate_json(text)

    def put(self, key: str, reply: ChatReply) -> None:
        """Store a reply; a second one under the same key is ignored."""
        self.put_many({key: reply})

    def put_many(self, replies: Mapping[str, ChatReply]) -> None:
        """Store replies in one transaction; those whose keys are taken are ignored."""
        rows = [{"key": key, "reply": replies[key].model_dump_json()} for key in sorted(replies)]
        if rows:
            with self._database.transaction() as connection:
                insert_new(connection, REPLIES, rows)

    def prune(self) -> int:
        """Remove all replies; returns how many there were."""
        with self._database.transaction() as connection:
            return connection.execute(delete(REPLIES)).rowcount


class EmbeddingRepository:
    """Vectors by key; the first one stored under a key stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, keys: Sequence[str]) -> "dict[str, Vectors]":
        """Those of the keys that are stored; float32 of shape (dimension,), read-only."""
        import numpy as np

        found: dict[str, Vectors] = {}
        unique = list(dict.fromkeys(keys))
        with self._database.read() as connection:
            for start in range(0, len(unique), _BATCH):
                rows = connection.execute(_SOME_VECTORS, {"wanted": unique[start : start + _BATCH]})
                for key, vector in rows:
                    found[key] = np.frombuffer(vector, dtype="<f4")
        return found

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that are stored."""
        unique = list(dict.fromkeys(keys))
        found: set[str] = set()
        with self._database.read() as connection:
            for start in range(0, len(unique), _BATCH):
                found |= set(connection.scalars(_SOME_KEYS, {"wanted": unique[start : start + _BATCH]}))
        return found

    def put_many(self, vectors: "Mapping[str, Vectors]") -> None:
        """Store vectors of shape (dimension,) in one transaction; those whose keys are taken are ignored."""
        rows = [{"key": key, "vector": vectors[key].astype("<f4", copy=False).tobytes()} for key in sorted(vectors)]
        if rows:
            with self._database.transaction() as connection:
                insert_new(connection, EMBEDDINGS, rows)

    def prune(self) -> int:
        """Remove all vectors; returns how many there were."""
        with self._database.transaction() as connection:
            return connection.execute(delete(EMBEDDINGS)).rowcount
