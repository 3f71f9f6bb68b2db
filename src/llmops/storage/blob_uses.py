"""When the store was last about to refer to a blob, and what in it refers to blobs."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, delete, select

from llmops.core.hashing import PREFIX
from llmops.storage.addressed import Uses
from llmops.storage.engine import Database
from llmops.storage.tables.blobs import BLOB_USES
from llmops.storage.tables.registry import VERSIONS
from llmops.storage.tables.runs import RUNS
from llmops.storage.tables.tracking import RUN_FILES
from llmops.storage.upserts import insert_new, insert_or_update

_U: Final = BLOB_USES.c
_STORE: Final = "store:"
_DIGEST: Final = re.compile(PREFIX + "([0-9a-f]{64})")
_SOME: Final = select(_U.digest, _U.at).where(_U.digest.in_(bindparam("wanted", expanding=True)))


class BlobUses:
    """Notes uses, and finds what refers to blobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def uses(self) -> Uses:
        """How blobs have their uses noted."""
        return Uses(lambda digest: self.note([digest], datetime.now(UTC)), self.store_id)

    def note(self, digests: Sequence[str], now: datetime) -> None:
        """Note that something is about to refer to blobs. Whoever removes one waits for the transaction that this is in."""
        with self._database.transaction() as connection:
            insert_or_update(connection, BLOB_USES, [{"digest": digest, "at": now} for digest in sorted(digests)])

    def last(self, digests: Sequence[str], *, lock: bool = False) -> Mapping[str, datetime]:
        """When blobs were last used, of those of which that is known; with `lock`, only those that nobody is
        about to use now, and whoever wants to use one waits until this transaction ends."""
        query = _SOME.with_for_update(skip_locked=True) if lock else _SOME
        with self._database.read() as connection:
            return {row.digest: row.at for row in connection.execute(query, {"wanted": list(digests)})}

    def forget(self, digests: Sequence[str]) -> None:
        """Forget blobs that were removed."""
        with self._database.transaction() as connection:
            connection.execute(delete(BLOB_USES).where(_U.digest.in_(digests)))

    def store_id(self) -> str:
        """What tells this store from others that write to the same place; empty where it has no name yet, and cannot be given
        one in a transaction that may be undone."""
        mine = select(_U.digest).where(_U.digest.startswith(_STORE))
        with self._database.read() as connection:
            found = connection.execute(mine).scalar()
        if found is None:
            if self._database.in_transaction:
                return ""
            with self._database.transaction() as connection:
                found = connection.execute(mine).scalar() or _STORE + secrets.token_hex(8)
                insert_new(connection, BLOB_USES, [{"digest": found, "at": datetime.now(UTC)}])
        return found.removeprefix(_STORE)

    def referred(self) -> Iterator[str]:
        """The digests of all that anything refers to, some of them more than once: files of runs, and whatever a version or a
        run names by a whole digest."""
        with self._database.snapshot() as connection:
            streamed = connection.execution_options(yield_per=1000)
            for (digest,) in streamed.execute(select(RUN_FILES.c.digest)):
                yield digest
            for column in (VERSIONS.c.content, RUNS.c.refs, RUNS.c.parameters):
                for (text,) in streamed.execute(select(column)):
                    yield from (PREFIX + hexes for hexes in _DIGEST.findall(text))

    def still_referred(self, digests: Sequence[str]) -> set[str]:
        """Those of the digests that a run keeps as a file now."""
        query = select(RUN_FILES.c.digest).where(RUN_FILES.c.digest.in_(digests))
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())
