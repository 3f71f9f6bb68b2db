"""The tables of vectors in a PostgreSQL database, and the extension they need: looking at them, making and removing them.

Each generation has a table, because dimensions differ. It is made by the first write, so that searching needs no right to make
anything; its comment says whose vectors it holds and what the last sync left there.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL

from llmops.core.errors import ExtraMissing, VectorStoreDown, VectorStoreError
from llmops.core.hashing import Json
from llmops.domain.manifest import short_hash
from llmops.domain.vector_batches import check_name
from llmops.storage.urls import mask, show_url

if TYPE_CHECKING:
    from psycopg import Connection

_OTHER_THAN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_ONE_AT_A_TIME: Final = 0x6C6C6D6F7076  # the advisory lock under which extension and tables are made
_GONE: Final = ("08", "57P")  # classes of errors: the connection, the server going down
ITERATES_FROM: Final = (0, 8)  # the version whose graph goes on searching where a filter left too few


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL database, and how long each statement may take."""

    url: URL
    timeout: float

    @property
    def place(self) -> str:
        """Its address, without the password."""
        return show_url(self.url)

    @contextmanager
    def connected(self) -> "Iterator[Connection[tuple[Json, ...]]]":
        """Lend a connection for the block."""
        connection = self.connect()
        try:
            with self.failures("reached"):
                yield connection
        finally:
            connection.close()

    def connect(self) -> "Connection[tuple[Json, ...]]":
        """Open a connection, which commits every statement unless it is in a transaction.

        Raises:
            ExtraMissing: psycopg is not installed.
            VectorStoreDown: the server does not answer.
        """
        try:
            import psycopg
        except ImportError as error:
            raise ExtraMissing("psycopg", "postgres", needed_for='the vector store "pgvector"') from error
        positional, named = self.url.get_dialect()().create_connect_args(self.url)
        options: dict[str, Json] = {"connect_timeout": 10, "application_name": "llmops", **named}
        with self.failures("reached"):
            connection = psycopg.connect(*positional, **options, autocommit=True)
            connection.execute("SELECT set_config('statement_timeout', %s, false)", [f"{round(self.timeout * 1000)}ms"])
        return connection

    @contextmanager
    def failures(self, done: str) -> Iterator[None]:
        """Turn what the driver raises inside the block into VectorStoreErrors, without the password."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            said = mask(str(error).strip().partition("\n")[0] or type(error).__name__, self.url)
            message = f"the vectors in {self.place} cannot be {done}: {said}"
            lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and error.sqlstate is None
            if lost or (error.sqlstate or "").startswith(_GONE):
                raise VectorStoreDown(message, hint="Is the server running? llmops db check") from error
            hint = "llmops doctor"
            if error.sqlstate == "57014":
                hint = f"It took longer than [vectors] timeout, {self.timeout:g} s; set more, or ask again."
            raise VectorStoreError(message, hint=hint) from error


@dataclass(frozen=True, slots=True)
class Table:
    """What there is of a generation's vectors: whether there is a table, of which dimension, whether it has a graph, its mark."""

    exists: bool = False
    dimension: int = 0
    has_graph: bool = False
    mark: str = ""


def table_name(name: str) -> str:
    """What the table of a generation is called: readable, no longer than PostgreSQL allows, and no two alike."""
    readable = _OTHER_THAN_NAMES.sub("_", check_name(name).lower()).strip("_")[:35]
    return f"vectors_{readable}_{short_hash(name)[:12]}"


def look_at(connection: "Connection[tuple[Json, ...]]", table: str) -> Table:
    """What there is of a table."""
    row = connection.execute(
        """
        SELECT a.atttypmod, obj_description(c.oid, 'pg_class'),
               EXISTS (SELECT FROM pg_index i JOIN pg_class g ON g.oid = i.indexrelid JOIN pg_am m ON m.oid = g.relam
                       WHERE i.indrelid = c.oid AND i.indisvalid AND m.amname = 'hnsw')
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'embedding'
        WHERE c.oid = to_regclass(%s)
        """,
        [table],
    ).fetchone()
    if row is None:
        return Table()
    dimension, comment, has_graph = row
    return Table(True, dimension, has_graph, (comment or "").partition(" as of ")[2])


def extension_version(connection: "Connection[tuple[Json, ...]]") -> tuple[int, ...]:
    """The version of pgvector in the database; empty where it is not there."""
    row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
    return tuple(int(part) for part in re.findall(r"\d+", row[0])) if row else ()


def may_create_extension(connection: "Connection[tuple[Json, ...]]") -> bool:
    """Whether the server has pgvector and the user is a superuser."""
    statement = """
        SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')
           AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    """
    row = connection.execute(statement).fetchone()
    return bool(row and row[0])


def missing_extension(connection: "Connection[tuple[Json, ...]]", server: Server) -> VectorStoreError:
    """What to say where pgvector is not in the database."""
    known = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone()
    database = server.url.database or connection.info.dbname
    create = f'psql -d {database} -c "CREATE EXTENSION vector"'
    if known:
        return VectorStoreError(
            f"the database {server.place} does not have the extension vector, and {connection.info.user} may not create it",
            hint=f"Have a superuser of the server type: {create}",
        )
    major = connection.info.server_version // 10_000
    return VectorStoreError(
        f"the PostgreSQL server of {server.place} has no pgvector",
        hint=f"Install it there (Debian: apt-get install postgresql-{major}-pgvector), have a superuser type: {create}, "
        'and sync again; or set [vectors] kind = "chroma". Nothing is embedded anew.',
    )


def make_table(connection: "Connection[tuple[Json, ...]]", server: Server, name: str, dimension: int) -> None:
    """Make the table of a generation, and the extension before it if the user may.

    Raises:
        VectorStoreError: the extension is missing; the hint says what to type.
    """
    import psycopg
    from psycopg import sql

    table = sql.Identifier(table_name(name))
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        if not extension_version(connection):
            try:
                with connection.transaction():
                    connection.execute("CREATE EXTENSION vector")
            except psycopg.Error as error:
                raise missing_extension(connection, server) from error
        connection.execute(
            sql.SQL(
                'CREATE TABLE IF NOT EXISTS {} (id text COLLATE "C" PRIMARY KEY, tokens text[] NOT NULL, '
                "embedding vector({}) NOT NULL)"
            ).format(table, sql.Literal(dimension))
        )
        _note(connection, name, "")


def stamp_table(connection: "Connection[tuple[Json, ...]]", name: str, mark: str) -> None:
    """Note in the comment of a table what it holds now."""
    if look_at(connection, table_name(name)).exists:
        _note(connection, name, mark)


def drop_table(connection: "Connection[tuple[Json, ...]]", name: str) -> None:
    """Remove the table of a generation, if there is one."""
    from psycopg import sql

    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table_name(name))))


def make_graph(connection: "Connection[tuple[Json, ...]]", name: str) -> None:
    """Build the index of nearest neighbours of a table, and that of tokens, however long it takes."""
    from psycopg import sql

    table = table_name(name)
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
        graph = "CREATE INDEX ON {} USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 100)"
        for statement in (graph, "CREATE INDEX ON {} USING gin (tokens)"):
            connection.execute(sql.SQL(statement).format(sql.Identifier(table)))
    connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def _note(connection: "Connection[tuple[Json, ...]]", name: str, mark: str) -> None:
    from psycopg import sql

    comment = sql.SQL("COMMENT ON TABLE {} IS {}")
    text = f"llmops: the vectors of {name} as of {mark}"
    connection.execute(comment.format(sql.Identifier(table_name(name)), sql.Literal(text)))
