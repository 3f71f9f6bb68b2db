"""The right to change an index, or to carry out a run: one holder at a time, with a token that fences off those who were
thought dead.

A lease of a process that is known to be dead (same host, no such process) is free at once, any other when it expires.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select, update

from llmops.core.errors import Conflict
from llmops.domain.manifest import Lease
from llmops.storage.engine import Database
from llmops.storage.tables.corpus import LEASES
from llmops.storage.upserts import insert_new

LEASE_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Leased:
    """What is leased, in words: what it is called, what its holder does, and what to type to look at it.

    `prefix` keeps the names of one noun apart from those of others.
    """

    noun: str
    doing: str
    look: str
    prefix: str = ""


INDEXES: Final = Leased("index", "being changed", "llmops index status")
RUNS: Final = Leased("run", "being carried out", "llmops runs show", prefix="run:")


class LeaseRepository:
    """Who may change which index, or carry out which run."""

    def __init__(self, database: Database, leased: Leased = INDEXES) -> None:
        self._database = database
        self._leased = leased

    def acquire(self, index: str, holder: str, now: datetime) -> Lease:
        """Take the lease of an index (or of a run).

        Raises:
            Conflict: someone else has it; the message names them.
        """
        expires, leased, name = now + timedelta(seconds=LEASE_SECONDS), self._leased, self._leased.prefix + index
        with self._database.transaction() as connection:
            free = {"index_name": name, "holder": "", "token": 0, "expires_at": now}
            insert_new(connection, LEASES, [free])
            row = connection.execute(select(LEASES).where(LEASES.c.index_name == name).with_for_update()).one()
            if row.holder and row.expires_at > now and not is_dead(row.holder):
                raise Conflict(
                    f"{leased.noun} {index!r} is {leased.doing} by {row.holder}, whose turn lasts at most until "
                    f"{row.expires_at:%H:%M:%S} UTC",
                    hint=f"Wait for it to end and repeat, or look at it with: {leased.look} {index}",
                )
            changed = {"holder": holder, "token": row.token + 1, "expires_at": expires}
            connection.execute(update(LEASES).where(LEASES.c.index_name == name).values(changed))
            return Lease(index, holder, row.token + 1, expires)

    def renew(self, lease: Lease, now: datetime) -> None:
        """Prolong a lease; called in the transaction of every write, so that the write fails with it.

        Raises:
            Conflict: someone else has taken it meanwhile.
        """
        with self._database.transaction() as connection:
            mine = self._row_of(lease) & (LEASES.c.holder != "")
            expires = now + timedelta(seconds=LEASE_SECONDS)
            if connection.execute(update(LEASES).where(mine).values(expires_at=expires)).rowcount != 1:
                raise Conflict(
                    f"{self._leased.noun} {lease.index!r} was taken over from {lease.holder} by another process",
                    hint=f"What was committed is kept; repeat when it has ended: {self._leased.look} {lease.index}",
                )

    def release(self, lease: Lease) -> None:
        """Give a lease back; one that was taken over stays with its new holder."""
        with self._database.transaction() as connection:
            connection.execute(update(LEASES).where(self._row_of(lease)).values(holder=""))

    def held(self, index: str, now: datetime) -> Lease | None:
        """Who is changing an index (or carrying out a run) now, or None."""
        name = self._leased.prefix + index
        with self._database.read() as connection:
            row = connection.execute(select(LEASES).where(LEASES.c.index_name == name)).one_or_none()
        if row is None or not row.holder or row.expires_at <= now or is_dead(row.holder):
            return None
        return Lease(index, row.holder, row.token, row.expires_at)

    def _row_of(self, lease: Lease) -> ColumnElement[bool]:
        return (LEASES.c.index_name == self._leased.prefix + lease.index) & (LEASES.c.token == lease.token)


def this_process() -> str:
    """Name this process as a holder: `process PID on HOST`."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def is_dead(holder: str) -> bool:
    """Whether a holder is known to have ended: a process of this host that is no more."""
    words = holder.split()
    if len(words) != 4 or words[3] != socket.gethostname() or not words[1].isdecimal():
        return False
    try:
        os.kill(int(words[1]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
