"""Whether a store is whole: its file, its history, its versions and the blobs they name."""

from collections.abc import Iterator

from llmops.core.errors import CheckFailed, NotFound, StoreError
from llmops.core.hashing import digest
from llmops.domain.artifact import Version
from llmops.storage.engine import Database
from llmops.storage.store import Store


def check_store(store: Store) -> str:
    """Read everything that evidence rests on; returns the hash of the history's last row, empty without one.

    Raises:
        CheckFailed: something is wrong; the message lists all of it.
    """
    problems: list[str] = []
    head = ""
    try:
        problems += _damage(store.database)
        head = _verify_history(store, problems)
        for artifact in store.versions.artifacts():
            for version in store.versions.of(artifact.kind, artifact.name):
                problems += _broken(store, version)
    except StoreError as error:
        problems.append(error.message)
    if problems:
        count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        raise CheckFailed(
            "\n- ".join([f"the store {store.url} has {count}:", *problems]),
            hint="Stop writing to it, keep it as it is, and compare it with a copy.",
        )
    return head


def _damage(database: Database) -> Iterator[str]:
    """What SQLite finds wrong with its file; PostgreSQL watches over its own."""
    if not database.is_sqlite:
        return
    with database.read() as connection:
        for (line,) in connection.exec_driver_sql("PRAGMA integrity_check").all():
            if line != "ok":
                yield f"{database.place}: {line}"
        for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            yield f"{database.place}: row {row} of {table} refers to a row of {parent} that is not there"


def _verify_history(store: Store, problems: list[str]) -> str:
    try:
        return store.aliases.verify()
    except CheckFailed as error:
        problems.append(error.message)
        return ""


def _broken(store: Store, version: Version) -> Iterator[str]:
    """What is wrong with a version: content that is not what its digest says, or a blob that is missing or damaged."""
    where = f"{version.kind}/{version.name}@{version.number}"
    if digest(version.kind, version.content) != version.digest:
        yield f"{where}: its content is not what was registered"
    if version.kind == "dataset" and isinstance(version.content, dict) and "blob" in version.content:
        try:
            store.blobs.get(version.content["blob"])
        except (NotFound, StoreError) as error:
            yield f"{where}: {error.message}"
