"""What databases say when they fail, turned into StoreErrors that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from llmops.core.errors import LlmopsError, StoreError
from llmops.storage.urls import mask, show_url

# Part of the driver's message -> (what happened, what to do). `{place}` is the file or the URL without its password.
_SQLITE: Final = (
    (
        "disk is full",
        "the disk is full: {place} could not be written",
        "Free some space and repeat; what was saved stays.",
    ),
    (
        "disk i/o error",
        "{place} could not be read or written: disk I/O error",
        "Check the free space, the file size limit and the disk; what was saved stays.",
    ),
    (
        "readonly",
        "{place} is read-only",
        "Make the file and its folder writable, or set LLMOPS_STORE_URL to another place.",
    ),
    (
        "unable to open",
        "{place} cannot be opened",
        "SQLite writes beside its file: make the folder writable, or set LLMOPS_STORE_URL to another place.",
    ),
    (
        "is locked",
        "{place} is locked by another process",
        "Wait for it to end, or find it with: fuser {place}",
    ),
    ("not a database", "{place} is no SQLite database", "Set LLMOPS_STORE_URL to another file, or move this one away."),
    ("malformed", "{place} is damaged", "Restore it from a copy."),
)
_POSTGRESQL: Final = (
    ("password authentication failed", "{place}: the password is wrong", "Correct the password in LLMOPS_STORE_URL."),
    ("no password supplied", "{place}: a password is needed", "Put the password into LLMOPS_STORE_URL."),
    ("does not exist", "{place}: {said}", "Create it with createdb or createuser, or correct LLMOPS_STORE_URL."),
    ("no space left", "the disk of {place} is full", "Free some space on the server and repeat; what was saved stays."),
    ("permission denied", "{place}: {said}", "Grant the user of LLMOPS_STORE_URL rights on this schema."),
    ("lock timeout", "{place} is locked by another process", "Wait for it to end and repeat."),
    ("deadlock", "{place}: others were changing the same rows", "Repeat it; nothing was changed."),
    ("nul (0x00)", "{place}: a text with a NUL character cannot be stored", "Remove the character from the input."),
    ("connect", "{place} does not answer: {said}", "Start the server, or correct LLMOPS_STORE_URL."),
    ("resolve", "{place} does not answer: {said}", "Correct the host in LLMOPS_STORE_URL."),
)


@contextmanager
def store_failures(url: URL, place: str | None = None) -> Iterator[None]:
    """Turn what SQLAlchemy raises inside the block into StoreError, without values, statements or passwords."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreError(f"{show_url(url)}: all connections are busy", hint="Run fewer threads at once.") from error
    except DBAPIError as error:
        raise explain(error.orig or error, url, place) from error
    except SQLAlchemyError as error:
        if isinstance(error.__cause__, LlmopsError):
            raise error.__cause__ from error
        raise StoreError(f"{place or show_url(url)}: {mask(str(error.args[0]), url)}") from error


def explain(error: BaseException, url: URL, place: str | None = None) -> StoreError:
    """Say what a driver's error means and what to do about it."""
    said = mask(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__, url)
    place = place or show_url(url)
    for part, message, hint in _SQLITE if url.drivername == "sqlite" else _POSTGRESQL:
        if part in said.lower():
            return StoreError(message.format(place=place, said=said), hint=hint.format(place=place))
    return StoreError(f"{place}: {said}", hint="Check it with: llmops db check")
