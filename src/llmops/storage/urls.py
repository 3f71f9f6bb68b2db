"""Store URLs: what they mean, and how they are shown without their password."""

from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from llmops.core.errors import SettingsError

_EXAMPLES: Final = "Write sqlite:///.llmops/store.db or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE."
_POSTGRESQL: Final = ("postgres", "postgresql", "postgresql+psycopg")
_SECRET_PARAMETERS: Final = ("password", "passwd", "sslpassword", "passfile")


def parse_url(text: str) -> URL:
    """Read a store URL; any spelling of PostgreSQL becomes `postgresql+psycopg`.

    Raises:
        SettingsError: it is no URL or of another database. The message never repeats the text, which may hold a password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise SettingsError("store.url is no database URL", hint=_EXAMPLES) from error
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite":
        raise SettingsError(f"store.url names a database that llmops does not use: {url.drivername}", hint=_EXAMPLES)
    if url.query or url.host:
        raise SettingsError("store.url: a SQLite URL has a path and nothing else", hint=_EXAMPLES)
    return url


def sqlite_path(url: URL, root: Path) -> Path | None:
    """The file of a SQLite URL, relative paths below root; None for an in-memory database."""
    if not url.database or url.database == ":memory:":
        return None
    return root / url.database


def show_url(url: URL) -> str:
    """The URL for people: every password replaced by `***`."""
    masked = {key: "***" for key in url.query if key.lower() in _SECRET_PARAMETERS}
    return url.update_query_dict(masked).render_as_string(hide_password=True)


def mask(text: str, url: URL) -> str:
    """Replace the URL's passwords in a text, such as a driver's message."""
    secrets = [url.password, *(url.query[key] for key in url.query if key.lower() in _SECRET_PARAMETERS)]
    for secret in secrets:
        for part in (secret,) if isinstance(secret, str) else secret or ():
            text = text.replace(part, "***") if part else text
    return text
