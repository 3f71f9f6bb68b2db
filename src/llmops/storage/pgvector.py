"""Vectors in the PostgreSQL database of the store, by its extension pgvector: a table for each generation.

Up to `GRAPH_FROM` vectors are compared one by one, exactly. Beyond, the end of a sync builds an HNSW graph, which then grows
with each write; under a filter that admits at most as many, those are still compared one by one, so that a small tenant's
chunks are found whatever lies nearer. A write is a transaction: whoever is killed leaves all of it or nothing.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from llmops.core.durations import seconds
from llmops.core.errors import SettingsError, VectorStoreError
from llmops.core.hashing import Json
from llmops.core.settings import Settings
from llmops.domain.filters import Filters, wanted
from llmops.domain.vector_batches import check_name, check_query, last_of_each
from llmops.storage.pgvector_rows import read_vector, text_of, written
from llmops.storage.pgvector_table import (
    ITERATES_FROM,
    Server,
    drop_table,
    extension_version,
    look_at,
    make_graph,
    make_table,
    may_create_extension,
    missing_extension,
    stamp_table,
    table_name,
)
from llmops.storage.urls import parse_url

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.sql import SQL, Composed

    from llmops.domain.ports import Vectors

GRAPH_FROM: Final = 20_000
GRAPH_DIMENSION: Final = 2000  # the longest vectors that a graph takes
EF_SEARCH: Final = 200
BATCH: Final = 1000
PAGE: Final = 10_000


class PgvectorStore:
    """Vectors of one generation in a table. Threads may share it; they take turns."""

    def __init__(self, server: Server, name: str, dimension: int, graph_from: int = GRAPH_FROM) -> None:
        self._server = server
        self._name = name
        self._dimension = dimension
        self._graph_from = graph_from
        self._lock = threading.Lock()
        self._connection = server.connect()
        try:
            with server.failures("opened"):
                self._found = look_at(self._connection, table_name(name))
                if self._found.has_graph:
                    self._set_up_graph()
            if self._found.exists and self._found.dimension != dimension:
                raise VectorStoreError(
                    f"the vectors of {name} in {server.place} have dimension {self._found.dimension}, not {dimension}",
                    hint="Was the index built with another embedding model? Sync it to build a generation for this one.",
                )
        except VectorStoreError:
            self._connection.close()
            raise

    def upsert(
        self, ids: Sequence[str], vectors: "Vectors", metadata: Sequence[Mapping[str, Json]] | None = None
    ) -> None:
        """Put vectors in place, each batch in a transaction."""
        batch = last_of_each(ids, vectors, metadata, self._dimension)
        if not batch.ids:
            return
        with self._cursor("written") as cursor:
            if not self._is_there():
                make_table(self._connection, self._server, self._name, self._dimension)
            for part in batch.parts(BATCH):
                with self._connection.transaction():
                    cursor.execute(self._statement("DELETE FROM {} WHERE id = ANY(%s)"), [part.ids])
                    into = self._statement("COPY {} (id, tokens, embedding) FROM STDIN (FORMAT binary)")
                    with cursor.copy(into) as copy:
                        for row in written(part):
                            copy.write(row)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors, in batches."""
        unique = list(dict.fromkeys(ids))
        with self._cursor("written") as cursor:
            if not self._is_there():
                return
            for start in range(0, len(unique), BATCH):
                part = unique[start : start + BATCH]
                cursor.execute(self._statement("DELETE FROM {} WHERE id = ANY(%s)"), [part])

    def search(self, vector: "Vectors", k: int, filters: Filters | None = None) -> list[tuple[str, float]]:
        """The k nearest by cosine similarity of those that match, best first; equal ones in the order of ids."""
        query, any_of = check_query(vector, self._dimension), wanted(filters)
        lists = [sorted(tokens) for tokens in any_of]
        where = " AND ".join(["tokens && %s::text[]"] * len(lists)) or "true"
        with self._cursor("searched") as cursor:
            if k < 1 or not self._is_there():
                return []
            if self._found.has_graph and not (lists and self._are_few(cursor, where, lists)):
                found = self._walk(cursor, text_of(query), k, where, lists)
                if len(found) == k:
                    return found
            return self._compare(cursor, text_of(query), k, where, lists)

    def ids(self) -> Iterator[str]:
        """All ids in their order, read a page at a time."""
        page = self._page("")
        while page:
            yield from page
            page = self._page(page[-1])

    def fetch(self, ids: Sequence[str]) -> "dict[str, Vectors]":
        """The stored vectors of those ids that are there."""
        unique, found = list(dict.fromkeys(ids)), dict[str, "Vectors"]()
        with self._cursor("read") as cursor:
            if not self._is_there():
                return found
            for start in range(0, len(unique), BATCH):
                part = unique[start : start + BATCH]
                cursor.execute(self._statement("SELECT id, embedding FROM {} WHERE id = ANY(%s)"), [part], binary=True)
                found.update((identifier, read_vector(vector)) for identifier, vector in cursor)
        return found

    def count(self) -> int:
        """How many vectors there are."""
        with self._cursor("read") as cursor:
            if not self._is_there():
                return 0
            row = cursor.execute(self._statement("SELECT count(*) FROM {}")).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _page(self, after: str) -> list[str]:
        with self._cursor("read") as cursor:
            if not self._is_there():
                return []
            statement = self._statement("SELECT id FROM {} WHERE id > %s ORDER BY id LIMIT %s")
            return [identifier for (identifier,) in cursor.execute(statement, [after, PAGE])]

    def _is_there(self) -> bool:
        """Whether the table has been made, perhaps by another one meanwhile."""
        if not self._found.exists:
            self._found = look_at(self._connection, table_name(self._name))
        return self._found.exists

    def _set_up_graph(self) -> None:
        self._connection.execute("SELECT set_config('hnsw.ef_search', %s, false)", [str(EF_SEARCH)])
        if extension_version(self._connection) >= ITERATES_FROM:
            self._connection.execute("SELECT set_config('hnsw.iterative_scan', 'strict_order', false)")

    def _are_few(self, cursor: "Cursor[tuple[Json, ...]]", where: str, lists: list[list[str]]) -> bool:
        some = self._statement(f"SELECT count(*) FROM (SELECT FROM {{}} WHERE {where} LIMIT %s) AS few")  # noqa: S608  # all marks
        row = cursor.execute(some, [*lists, self._graph_from + 1]).fetchone()
        return bool(row and row[0] <= self._graph_from)

    def _walk(
        self, cursor: "Cursor[tuple[Json, ...]]", query: str, k: int, where: str, lists: list[list[str]]
    ) -> list[tuple[str, float]]:
        """Ask the graph."""
        ordered = "ORDER BY distance LIMIT %s"
        statement = f"SELECT id, embedding <=> %s::vector AS distance FROM {{}} WHERE {where} {ordered}"  # noqa: S608  # all marks
        rows = cursor.execute(self._statement(statement), [query, *lists, k]).fetchall()
        return sorted(
            ((identifier, 1.0 - distance) for identifier, distance in rows), key=lambda hit: (-hit[1], hit[0])
        )

    def _compare(
        self, cursor: "Cursor[tuple[Json, ...]]", query: str, k: int, where: str, lists: list[list[str]]
    ) -> list[tuple[str, float]]:
        """Compare with each that matches. A vector of zeros, which has no direction, is unlike every other one."""
        inner = f"SELECT id, embedding <=> %s::vector AS distance FROM {{}} WHERE {where} OFFSET 0"  # noqa: S608  # all marks
        statement = (
            f"SELECT id, CASE WHEN distance = 'NaN' THEN 1.0 ELSE distance END AS far FROM ({inner}) each "  # noqa: S608  # all marks
            "ORDER BY far, id LIMIT %s"
        )
        rows = cursor.execute(self._statement(statement), [query, *lists, k]).fetchall()
        return [(identifier, 1.0 - float(distance)) for identifier, distance in rows]

    def _statement(self, text: str) -> "Composed":
        from psycopg import sql

        template: SQL = sql.SQL(text)
        return template.format(sql.Identifier(table_name(self._name)))

    @contextmanager
    def _cursor(self, done: str) -> "Iterator[Cursor[tuple[Json, ...]]]":
        with self._lock:
            if self._connection.closed:
                raise VectorStoreError(f"the vectors in {self._server.place} were closed", hint="Open the index again.")
            with self._server.failures(done), self._connection.cursor() as cursor:
                yield cursor


@dataclass(frozen=True, slots=True)
class PgvectorShelf:
    """The tables of vectors in the database of the store."""

    server: Server
    graph_from: int = GRAPH_FROM
    kind: str = "pgvector"
    is_served: bool = True
    _confirmed: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def place(self) -> str:
        """The database, without its password."""
        return self.server.place

    def examine(self) -> str:
        """The version of pgvector in the database, or VectorStoreError where it is missing."""
        with self.server.connected() as connection:
            version = extension_version(connection)
            if not version and may_create_extension(connection):
                return f"the first sync creates the extension vector in {self.place}"
            if not version:
                raise missing_extension(connection, self.server)
        return f"pgvector {'.'.join(map(str, version))} in {self.place}"

    def open(self, name: str, dimension: int) -> PgvectorStore:
        """Open the table of a name; nothing is made before something is written."""
        return PgvectorStore(self.server, check_name(name), dimension, self.graph_from)

    def discard(self, name: str) -> None:
        """Remove the table of a name."""
        self._confirmed.pop(name, None)
        with self.server.connected() as connection:
            drop_table(connection, check_name(name))

    def stamp(self, name: str, mark: str) -> None:
        """Note what is under a name, and build the graph of a table that has become large."""
        with self.server.connected() as connection:
            found = look_at(connection, table_name(name))
            if found.exists and not found.has_graph and found.dimension <= GRAPH_DIMENSION:
                count = connection.execute(f"SELECT count(*) FROM {table_name(name)}").fetchone()  # noqa: S608  # letters and digits
                if count and count[0] > self.graph_from:
                    make_graph(connection, name)
            stamp_table(connection, name, mark)

    def doubt(self, name: str, mark: str) -> str:
        """Say why what is under a name cannot be what was stamped so; a server that does not answer says nothing."""
        if self._confirmed.get(name) == mark:
            return ""
        try:
            with self.server.connected() as connection:
                found = look_at(connection, table_name(name))
        except VectorStoreError:
            return ""
        if not found.exists:
            return f"the table {table_name(name)} is not in {self.place}"
        if found.mark != mark:
            return f"the table {table_name(name)} is not as the last sync left it"
        self._confirmed[name] = mark
        return ""


def open_shelf(settings: Settings) -> PgvectorShelf:
    """The vectors in the store's own database.

    Raises:
        SettingsError: the store is not PostgreSQL.
    """
    url = parse_url(settings.store.url)
    if url.drivername == "sqlite":
        raise SettingsError(
            f'the vector store "pgvector" lives in a PostgreSQL store, and store.url is {settings.store.url}',
            hint='Set [store] url = "postgresql+psycopg://USER@HOST/DATABASE", or [vectors] kind = "chroma".',
        )
    return PgvectorShelf(Server(url, seconds(settings.vectors.timeout)))
