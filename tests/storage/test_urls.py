"""Store URLs."""

from pathlib import Path

import pytest

from llmops.core.errors import SettingsError
from llmops.storage.urls import mask, parse_url, show_url, sqlite_path


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_psycopg(scheme: str) -> None:
    assert parse_url(f"{scheme}://u:p@host/db").drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sqlite:///.llmops/store.db", Path("/shop/.llmops/store.db")),
        ("sqlite:////srv/store.db", Path("/srv/store.db")),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
    ],
)
def test_sqlite_paths_are_relative_to_the_workspace(text: str, path: Path | None) -> None:
    assert sqlite_path(parse_url(text), Path("/shop")) == path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no url with secret-9", "store.url is no database URL"),
        ("postgresql://u:secret-9@host:nine/db", "store.url is no database URL"),
        ("mysql://u:secret-9@host/db", "does not use: mysql"),
        ("postgresql+asyncpg://u:secret-9@host/db", r"does not use: postgresql\+asyncpg"),
        ("sqlite:///store.db?mode=secret-9", "a SQLite URL has a path and nothing else"),
        ("sqlite://folder/store.db", "a SQLite URL has a path and nothing else"),
    ],
)
def test_other_urls_are_refused_without_repeating_them(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        parse_url(text)
    assert "secret-9" not in str(caught.value)
    assert "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE" in caught.value.hint


def test_a_shown_url_has_no_password() -> None:
    url = parse_url("postgresql://anna:s3cr3t@db.example/llmops?sslpassword=t0p&application_name=x")
    shown = show_url(url)
    assert shown == "postgresql+psycopg://anna:***@db.example/llmops?application_name=x&sslpassword=%2A%2A%2A"


def test_a_password_in_a_drivers_message_is_masked() -> None:
    url = parse_url("postgresql://anna:s3cr3t@db.example/llmops?password=t0p")
    assert mask("could not use s3cr3t nor t0p", url) == "could not use *** nor ***"
