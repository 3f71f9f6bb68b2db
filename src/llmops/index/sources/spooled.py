"""A source whose places list in an order of their own: its listing is taken once, put in order on disk, and served from there.

So no source holds all of its documents in memory, none lists a document twice without an error, and one that breaks off
while it lists has listed nothing.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING

from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import Json, canonical_json, digest, digest_bytes
from llmops.domain.ports import SourceItem
from llmops.storage.spool import DuplicateKey, Entry, Spool

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class SpooledSource:
    """Documents that `gather` yields in any order. `fetch` reads one that was gathered without its bytes."""

    name: str
    gather: Callable[[], Iterable[Entry]]
    fetch: Callable[[Spool, str], bytes] | None = None
    notes: list[str] = field(default_factory=list)
    _spool: Spool | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def items(self) -> Iterator[SourceItem]:
        """List the documents, sorted by key.

        Raises:
            InputError: a document stands there twice, or has no usable key.
            OutsideError: the place cannot be listed completely.
        """
        return self._listed().items()

    def read(self, key: str) -> bytes:
        """The bytes of a document.

        Raises:
            OutsideError: it cannot be read (any more).
        """
        spool = self._listed()
        body = spool.body(key)
        if body is not None:
            return body
        if self.fetch is None:
            raise OutsideError(f"{self.name} does not list {key!r} any more", hint="Sync again.")
        return self.fetch(spool, key)

    def _listed(self) -> Spool:
        with self._lock:
            if self._spool is None:
                spool = Spool()
                try:
                    spool.add(map(_checked, self.gather()))
                except DuplicateKey as error:
                    raise InputError(
                        f"source {self.name} lists {error.key!r} twice", hint="Each document needs an id of its own."
                    ) from error
                self._spool = spool
            return self._spool


def make_entry(
    key: str,
    body: bytes,
    *,
    version: str = "",
    metadata: "Mapping[str, Json] | None" = None,
    kind: str = "",
    changed_at: float | None = None,
) -> Entry:
    """An entry with its bytes. Its token is the version with the metadata, or without a version a digest of the bytes."""
    token = make_token(version or digest_bytes(body), metadata)
    at = time() if changed_at is None else changed_at
    return Entry(SourceItem(key, token, len(body), at, metadata or {}, kind), body=body)


def make_token(version: str, metadata: "Mapping[str, Json] | None") -> str:
    """What changes when the version or the metadata do."""
    return f"{version}|{digest('metadata', dict(metadata))[7:23]}" if metadata else version


def plain_value(value: object, place: str) -> Json:
    """A value as JSON: dates in ISO form, decimals as numbers, identifiers as text.

    Raises:
        InputError: it has no such form.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        return str(isoformat())
    kind = type(value).__name__
    if kind == "UUID":
        return str(value)
    if kind == "Decimal":
        value = float(str(value))
    if isinstance(value, list | tuple):
        return [plain_value(item, place) for item in value]
    try:
        canonical_json(value)
    except ValueError as error:
        raise InputError(
            f"{place}: a value of type {kind} has no JSON form", hint="Cast it to text or a number, or leave it out."
        ) from error
    return value


def _checked(entry: Entry) -> Entry:
    key = entry.item.key
    if not key or "\0" in key or len(key) > 2000 or not key.isprintable():
        shown = repr(key if len(key) <= 60 else key[:57] + "…")
        raise InputError(f"{shown} cannot name a document", hint="A key is printable text of at most 2000 characters.")
    return entry
