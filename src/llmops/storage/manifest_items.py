"""The documents of a manifest, read without their chunks."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Select, bindparam, select

from llmops.domain.manifest import KnownToken, ManifestItem
from llmops.storage.engine import Database
from llmops.storage.manifest_rows import ITEM, AnyRow, parts
from llmops.storage.tables.corpus import ITEMS

K = TypeVar("K")

_PAGE: Final = 5000  # rows read at once
_AFTER: Final = (
    (ITEMS.c.generation_id == bindparam("generation"))
    & (ITEMS.c.source == bindparam("wanted"))
    & (ITEMS.c.key > bindparam("after"))
)
_ITEMS_AFTER: Final = select(*ITEM).where(_AFTER).order_by(ITEMS.c.key).limit(_PAGE)
_TOKENS_AFTER: Final = select(ITEMS.c.key, ITEMS.c.token).where(_AFTER).order_by(ITEMS.c.key).limit(_PAGE)


class ItemRepository:
    """The items of generations. What is read of all items is read in pages, so that they may change meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, generation: int, source: str) -> Iterator[ManifestItem]:
        """The items of a source, sorted by key."""
        return self._pages(_ITEMS_AFTER, ManifestItem._make, generation, source)

    def named(self, generation: int, source: str, keys: Sequence[str]) -> dict[str, ManifestItem]:
        """Those of the items of a source that have these keys."""
        found = {}
        here = (ITEMS.c.generation_id == generation) & (ITEMS.c.source == source)
        with self._database.read() as connection:
            for part in parts(keys):
                for row in connection.execute(select(*ITEM).where(here, ITEMS.c.key.in_(part))):
                    found[row.key] = ManifestItem._make(row)
        return found

    def tokens(self, generation: int, source: str) -> Iterator[KnownToken]:
        """The keys and tokens of the items of a source, sorted by key."""
        return self._pages(_TOKENS_AFTER, KnownToken._make, generation, source)

    def failed(self, generation: int) -> list[ManifestItem]:
        """The items whose last version could not be read, sorted by source and key."""
        statement = select(*ITEM).where(ITEMS.c.generation_id == generation, ITEMS.c.error != "")
        with self._database.read() as connection:
            return [
                ManifestItem._make(row) for row in connection.execute(statement.order_by(ITEMS.c.source, ITEMS.c.key))
            ]

    def _pages(
        self, statement: Select[*tuple[Any, ...]], make: Callable[[AnyRow], K], generation: int, source: str
    ) -> Iterator[K]:
        after, full = "", True
        while full:
            with self._database.read() as connection:
                values = {"generation": generation, "wanted": source, "after": after}
                rows = connection.execute(statement, values).fetchall()
            yield from map(make, rows)
            full = len(rows) == _PAGE
            after = rows[-1].key if full else ""
