"""The right to change an index: one holder at a time, with a token that fences off those who were thought dead.

A lease of a process that is known to be dead (same host, no such process) is free at once, any other when it expires.
"""

import os
import socket
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from llmops.core.errors import Conflict
from llmops.domain.manifest import Lease
from llmops.storage.engine import Database
from llmops.storage.tables.corpus import LEASES
from llmops.storage.upserts import insert_new

LEASE_SECONDS: Final = 300


class LeaseRepository:
    """Who may change which index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, index: str, holder: str, now: datetime) -> Lease:
        """Take the lease of an index.

        Raises:
            Conflict: someone else has it; the message names them.
        """
        expires = now + timedelta(seconds=LEASE_SECONDS)
        with self._database.transaction() as connection:
            free = {"index_name": index, "holder": "", "token": 0, "expires_at": now}
            insert_new(connection, LEASES, [free])
            row = connection.execute(select(LEASES).where(LEASES.c.index_name == index).with_for_update()).one()
            if row.holder and row.expires_at > now and not is_dead(row.holder):
                raise Conflict(
                    f"index {index!r} is being changed by {row.holder}, whose turn lasts at most until "
                    f"{row.expires_at:%H:%M:%S} UTC",
                    hint=f"Wait for it to end and repeat, or look at it with: llmops index status {index}",
                )
            changed = {"holder": holder, "token": row.token + 1, "expires_at": expires}
            connection.execute(update(LEASES).where(LEASES.c.index_name == index).values(changed))
            return Lease(index, holder, row.token + 1, expires)

    def renew(self, lease: Lease, now: datetime) -> None:
        """Prolong a lease; called in the transaction of every write, so that the write fails with it.

        Raises:
            Conflict: someone else has taken it meanwhile.
        """
        with self._database.transaction() as connection:
            mine = (LEASES.c.index_name == lease.index) & (LEASES.c.token == lease.token) & (LEASES.c.holder != "")
            expires = now + timedelta(seconds=LEASE_SECONDS)
            if connection.execute(update(LEASES).where(mine).values(expires_at=expires)).rowcount != 1:
                raise Conflict(
                    f"index {lease.index!r} was taken over from {lease.holder} by another process",
                    hint=f"What was committed is kept; repeat when it has ended: llmops index status {lease.index}",
                )

    def release(self, lease: Lease) -> None:
        """Give a lease back; one that was taken over stays with its new holder."""
        with self._database.transaction() as connection:
            mine = (LEASES.c.index_name == lease.index) & (LEASES.c.token == lease.token)
            connection.execute(update(LEASES).where(mine).values(holder=""))

    def held(self, index: str, now: datetime) -> Lease | None:
        """Who is changing an index now, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(LEASES).where(LEASES.c.index_name == index)).one_or_none()
        if row is None or not row.holder or row.expires_at <= now or is_dead(row.holder):
            return None
        return Lease(row.index_name, row.holder, row.token, row.expires_at)


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
