"""Reads rows of somebody else's database: a query of theirs, streamed, in a transaction that cannot write.

The query stands in parentheses, so that it is one SELECT and nothing else, and values are bound, never written into it.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, bindparam, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from llmops.core.errors import ExtraMissing, InputError, OutsideError, SettingsError
from llmops.storage.urls import mask, sqlite_path

PAGE: Final = 1_000
_COLON: Final = re.compile(r"(?<!:):(?=[A-Za-z_])")


class SqlReader:
    """A query against a database.

    Args:
        address: a database URL; a relative path of SQLite is below `root`.
        root: the workspace folder.
        query: one SELECT.
        shown: what messages call it, such as `connection crm`.
    """

    def __init__(self, address: str, root: Path, query: str, shown: str) -> None:
        self._url = _parse(address, root, shown)
        self._query = _COLON.sub(r"\\:", query.strip().rstrip(";").strip())
        self._shown = shown

    def columns(self) -> list[str]:
        """The names of the query's columns.

        Raises:
            InputError: the database refuses the query.
            OutsideError: it cannot be reached.
        """
        with self._reading() as connection:
            return list(connection.execute(text(f"{self._selected('*')} WHERE 1 = 0")).keys())

    def rows(self, names: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """The values of some columns of all rows, a page at a time."""
        chosen = ", ".join(self._quoted(name) for name in names)
        with self._reading() as connection:
            streamed = connection.execution_options(stream_results=True, yield_per=PAGE)
            for row in streamed.execute(text(self._selected(chosen))):
                yield tuple(row)

    def find(self, key: str, wanted: Sequence[object], names: Sequence[str]) -> dict[object, tuple[object, ...]]:
        """The values of some columns of the rows whose `key` column has these values, by those."""
        chosen = ", ".join(self._quoted(name) for name in (key, *names))
        statement = text(f"{self._selected(chosen)} WHERE {self._quoted(key)} IN :wanted")
        bound = statement.bindparams(bindparam("wanted", expanding=True))
        with self._reading() as connection:
            return {row[0]: tuple(row[1:]) for row in connection.execute(bound, {"wanted": list(wanted)})}

    def _selected(self, chosen: str) -> str:
        return f"SELECT {chosen} FROM (\n{self._query}\n) AS documents"  # noqa: S608  # the user's own query

    def _quoted(self, name: str) -> str:
        return self._engine().dialect.identifier_preparer.quote(name).replace(":", "\\:")

    def _engine(self) -> Engine:
        try:
            return create_engine(self._url, poolclass=NullPool)
        except NoSuchModuleError as error:
            raise SettingsError(
                f"{self._shown}: SQLAlchemy knows no database {self._url.drivername!r}",
                hint="Correct its url, or install the package that adds it.",
            ) from error
        except ImportError as error:
            if self._url.drivername.startswith("postgresql"):
                raise ExtraMissing("psycopg", "postgres", needed_for=f"reading {self._shown}") from error
            raise SettingsError(f"{self._shown}: {error}", hint="pip install the driver of this database.") from error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        engine = self._engine()
        try:
            with engine.connect() as connection:
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only = ON")
                elif engine.dialect.name in ("postgresql", "mysql", "mariadb"):
                    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
                yield connection
        except DBAPIError as error:
            said = mask(str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no reason", self._url)
            if error.connection_invalidated or _is_away(error):
                raise OutsideError(
                    f"{self._shown} cannot be reached: {said}",
                    hint="Nothing was deleted. Check its url, and sync again.",
                ) from None
            raise InputError(f"{self._shown} refuses the query: {said}", hint="Correct sql.query.") from None
        except SQLAlchemyError as error:
            raise InputError(f"{self._shown}: {mask(str(error), self._url)}", hint="Correct sql.query.") from None
        finally:
            engine.dispose()


def _parse(address: str, root: Path, shown: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise SettingsError(
            f"{shown}: its url is no database URL",
            hint="Write sqlite:///shop.db or postgresql+psycopg://USER@HOST/DATABASE.",
        ) from error
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite":
        path = sqlite_path(url, root)
        if path is None or not path.is_file():
            raise OutsideError(
                f"{shown}: there is no file {path}", hint="Correct its url; a path is below the workspace."
            )
        return url.set(database=str(path))
    return url


def _is_away(error: DBAPIError) -> bool:
    """Tell whether the database did not answer, from an error that says only that it failed."""
    name, state = type(error.orig).__name__, str(getattr(error.orig, "sqlstate", None) or "")
    if name == "OperationalError" and not state:
        return "no such" not in str(error.orig) and "syntax" not in str(error.orig)
    return state[:2] in ("08", "57", "53", "28", "3D")
