"""Removes blobs that nothing refers to, while others write.

A blob is there before anything refers to it, so one without a reference may be one that a writer has just put. Therefore every
writer first notes in the database what it is about to refer to, and what was noted within the grace is left alone. The note and
the removal cannot pass each other: whoever removes a blob holds its note until it is gone, and a writer who comes meanwhile
waits, and then finds that it must write the blob again.

What has no note, because an older program or another store wrote it, gets one now, and its time begins.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from llmops.core.errors import Conflict, InputError
from llmops.core.hashing import PREFIX
from llmops.storage.store import Store

LEAST: Final = timedelta(hours=1)
_BATCH: Final = 50


@dataclass(slots=True)
class Collected:
    """What a collection did, or would do: blobs removed and their bytes, blobs that are referred to, blobs whose time is not
    up, and what killed writers had left behind."""

    removed: int = 0
    size: int = 0
    referred: int = 0
    waiting: int = 0
    leftovers: int = 0
    leftover_size: int = 0


def collect(store: Store, *, now: datetime, grace: timedelta, dry_run: bool = False) -> Collected:
    """Remove the blobs that nothing refers to and nobody has used for a while.

    Args:
        store: others may write to it meanwhile.
        now: the time.
        grace: how long ago the last use must be; longer than any writer takes from its first byte to its commit.
        dry_run: count what would be removed, and change nothing.

    Raises:
        InputError: the grace is too short.
        Conflict: another store keeps blobs at the same place.
    """
    if grace < LEAST:
        raise InputError(
            f"a grace of {grace} is too short: a writer may need longer from its first byte to its commit",
            hint="Give an hour or more, such as --grace 24h.",
        )
    _refuse_shared(store)
    found, before = Collected(), now - grace
    referred = {bytes.fromhex(digest.removeprefix(PREFIX)) for digest in store.blob_uses.referred()}
    for batch in _batches(store.blobs):
        loose = [digest for digest in batch if bytes.fromhex(digest.removeprefix(PREFIX)) not in referred]
        found.referred += len(batch) - len(loose)
        if loose:
            sizes = {digest: store.blobs.size(digest) or 0 for digest in loose}
            gone = _remove(store, loose, before, now, dry_run=dry_run)
            found.removed += len(gone)
            found.size += sum(sizes[digest] for digest in gone)
            found.waiting += len(loose) - len(gone)
    _give_up(store, before, now, found, dry_run=dry_run)
    swept = store.blobs.sweep(before, dry_run=dry_run)
    found.leftovers += swept.parts
    found.leftover_size += swept.size
    return found


def _refuse_shared(store: Store) -> None:
    signed = store.blobs.signatures()
    others = sorted(signed - {store.blob_uses.store_id()}) if signed else []
    if others:
        raise Conflict(
            f"{len(others)} other store{'s' * (len(others) > 1)} wrote blobs to {store.blobs.place} ({', '.join(others[:5])}), "
            "and what they refer to is not known here; nothing was removed",
            hint="Give each store a place of its own in [blobs] url; if one of these is no more, delete its file in stores/ "
            "there.",
        )


def _give_up(store: Store, before: datetime, now: datetime, found: Collected, *, dry_run: bool) -> None:
    """Remove uploads that nobody has gone on with for a while; their writers note their digests with every piece."""
    unfinished = store.blobs.unfinished()
    for batch in _batches(unfinished):
        given_up = _remove(store, batch, before, now, dry_run=dry_run)
        found.leftovers += len(given_up)
        found.leftover_size += sum(unfinished[digest] for digest in given_up)
        found.waiting += len(batch) - len(given_up)


def _remove(store: Store, digests: list[str], before: datetime, now: datetime, *, dry_run: bool) -> list[str]:
    """Remove those that nobody has used since; returns them."""
    last = store.blob_uses.last(digests)
    due = [digest for digest in digests if digest in last and last[digest] < before]
    if dry_run:
        return due
    with store.transaction():
        if new := [digest for digest in digests if digest not in last]:
            store.blob_uses.note(new, now)
        held = store.blob_uses.last(due, lock=True)
        needed = store.blob_uses.still_referred(due)
        gone = sorted(digest for digest, at in held.items() if at < before and digest not in needed)
        for digest in gone:
            store.blobs.remove(digest)
        store.blob_uses.forget(gone)
    return gone


def _batches(digests: Iterable[str]) -> Iterator[list[str]]:
    source = iter(digests)
    while batch := list(islice(source, _BATCH)):
        yield batch
