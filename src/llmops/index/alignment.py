"""What the manifest, the vector store and the outbox say of each chunk, side by side: three sorted streams, none of them held."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Aligned(NamedTuple):
    """A chunk: the key of its vector, None where the manifest does not know it; how often the vector store lists it; and whether
    it waits in the outbox."""

    cid: str
    key: str | None
    listed: int
    waits: bool


def align(known: Iterable[tuple[str, str]], listed: Iterable[str], waiting: Iterable[str]) -> Iterator[Aligned]:
    """Merge the manifest, as (id, key of its vector), with the ids of the vector store and those that wait. All are sorted by id;
    of the latter two an id may come more than once. What only waits is passed over."""
    manifest, store, outbox = iter(known), iter(listed), iter(waiting)
    ours, theirs, wait = next(manifest, None), next(store, None), next(outbox, None)
    while ours is not None or theirs is not None:
        if ours is not None and (theirs is None or ours[0] <= theirs):
            cid, key = ours
            ours = next(manifest, None)
        else:
            assert theirs is not None
            cid, key = theirs, None
        times = 0
        while theirs == cid:
            times += 1
            theirs = next(store, None)
        while wait is not None and wait < cid:
            wait = next(outbox, None)
        yield Aligned(cid, key, times, wait == cid)
