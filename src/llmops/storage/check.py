"""Whether a store is whole: its file, its history, its versions and the blobs they name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from llmops.core.errors import CheckFailed, InputError, NotFound, StoreError
from llmops.core.hashing import PREFIX, digest, is_digest
from llmops.domain.artifact import Artifact, Version
from llmops.domain.model import blobs_of
from llmops.storage.engine import Database
from llmops.storage.store import Store
from llmops.storage.tables.registry import MOVES

_WHOLE: Final = len(PREFIX) + 64


@dataclass(frozen=True, slots=True)
class Checked:
    """What a sound store was found to hold.

    `head` is the hash of the history's last row, empty without one; `after` says how many rows followed the one that was
    expected.
    """

    head: str
    rows: int
    after: int | None = None


def check_store(store: Store, *, expect: str = "") -> Checked:
    """Read everything that evidence rests on, as it is at one moment; nobody waits meanwhile.

    Args:
        store: the store.
        expect: the hash of a row that was the history's head once. Each hash covers all rows before it, so if it is still
            in the chain, none of them was changed.

    Raises:
        CheckFailed: something is wrong; the message lists all of it.
        InputError: what is expected is no hash.
    """
    anchor = _anchor(expect) if expect else ""
    problems: list[str] = []
    checked = Checked("", 0)
    try:
        with store.database.snapshot() as connection:
            problems += _damage(store.database)
            head = _verify_history(store, problems)
            checked = _count(connection, head, anchor, problems)
            for artifact in store.versions.artifacts():
                versions = store.versions.of(artifact.kind, artifact.name)
                problems += _misled(store, artifact, {version.number: version.digest for version in versions})
                for version in versions:
                    problems += _broken(store, version)
    except StoreError as error:
        problems.append(error.message)
    if problems:
        count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        raise CheckFailed(
            "\n- ".join([f"the store {store.url} has {count}:", *problems]),
            hint="Stop writing to it, keep it as it is, and compare it with a copy.",
        )
    return checked


def _anchor(text: str) -> str:
    """The whole hash; a shortened one would prove less than it seems to."""
    anchor = text.strip().lower()
    if not anchor.startswith(PREFIX):
        anchor = PREFIX + anchor
    if not (is_digest(anchor) and len(anchor) == _WHOLE):
        raise InputError(
            f"{text!r} is no hash of a row of the history",
            hint="Give all of what llmops db check printed: sha256: and 64 hex digits.",
        )
    return anchor


def _count(connection: Connection, head: str, anchor: str, problems: list[str]) -> Checked:
    rows = connection.execute(select(func.count()).select_from(MOVES)).scalar_one()
    if not anchor:
        return Checked(head, rows)
    at = connection.execute(select(MOVES.c.sequence).where(MOVES.c.hash == anchor)).scalar()
    if at is None:
        stands = f"its {rows} rows end with {head}" if head else "it is empty" if not rows else "it is broken"
        problems.append(
            f"no row of the history has the expected hash {anchor}: rows were rewritten or cut off; {stands}"
        )
    return Checked(head, rows, None if at is None else rows - at)


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


def _misled(store: Store, artifact: Artifact, digests: Mapping[int, str]) -> Iterator[str]:
    """Where the listing or an alias of an artifact names a version that is another one by its digest."""
    where = f"{artifact.kind}/{artifact.name}"
    if artifact.latest != max(digests, default=0) or artifact.digest != digests.get(artifact.latest):
        yield f"{where}: it is listed with a latest version that is not its latest"
    for held in store.aliases.of(artifact.kind, artifact.name):
        pointed = {held.number: held.digest}
        if held.candidate is not None:
            pointed[held.candidate.number] = held.candidate.digest
        for number, wanted in pointed.items():
            if digests.get(number) != wanted:
                yield f"{where}@{held.alias}: version {number} is not the one that it was pointed at"


def _broken(store: Store, version: Version) -> Iterator[str]:
    """What is wrong with a version: content that is not what its digest says, or a blob that is missing or damaged."""
    where = f"{version.kind}/{version.name}@{version.number}"
    if digest(version.kind, version.content) != version.digest:
        yield f"{where}: its content is not what was registered"
    for blob in blobs_of(version):
        try:
            for _ in store.blobs.blocks(blob):
                continue
        except (NotFound, StoreError) as error:
            yield f"{where}: {error.message}"
