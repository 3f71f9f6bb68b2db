"""Import an export: first everything is checked, then all that is new is written in one transaction, or nothing."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from llmops.core.errors import Conflict, InvalidRef, NotFound
from llmops.core.hashing import PREFIX
from llmops.core.names import Kind
from llmops.domain.artifact import Version
from llmops.domain.evaluation import CaseResult
from llmops.domain.model import blobs_of
from llmops.domain.run import Run
from llmops.registry.exchange.archive import Archive, opened
from llmops.registry.exchange.checking import Contents, check, read_result, read_run, read_version
from llmops.registry.exchange.labelled import add_labels
from llmops.registry.exchange.layout import HistoryNote, Position, blob_path, results_path
from llmops.registry.exchange.records import noun_line
from llmops.storage.store import Store

_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class ImportedVersion:
    """A version: its number in the export and here, and whether it is new here."""

    kind: Kind
    name: str
    number_there: int
    number: int
    digest: str
    created: bool


@dataclass(frozen=True, slots=True)
class ImportedRun:
    """A run, whether it is new here, and how many labels of people are."""

    id: str
    suite: str
    created: bool
    labels: int = 0


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did or, if it was only tried, would do. `digest` is that of the export."""

    digest: str
    versions: tuple[ImportedVersion, ...]
    runs: tuple[ImportedRun, ...]
    aliases: tuple[Position, ...]
    history: HistoryNote
    dry_run: bool

    @property
    def labels(self) -> int:
        """How many labels of people are new."""
        return sum(run.labels for run in self.runs)

    def number_of(self, place: Position) -> int | None:
        """The number that the version of an alias has here."""
        key = (place.kind, place.name, place.digest)
        return next((v.number for v in self.versions if (v.kind, v.name, v.digest) == key), None)


def import_export(store: Store, path: Path, *, dry_run: bool = False) -> Imported:
    """Bring versions and evidence into a store. What is there already stays as it is, so that a second time does nothing.

    A version keeps its number where that is free, and its message, author, commit and time. No alias is moved.

    Raises:
        NotFound: nothing is there.
        InvalidFile: it is no export, or a file of it was changed; nothing is written then.
        Conflict: a run with the same id, but other results, is there, or people said otherwise about its outputs.
    """
    with opened(path) as archive:
        contents = check(archive, store)
        if dry_run:
            versions, runs = _foresee(archive, store, contents), _try_runs(archive, store, contents)
        else:
            with store.transaction():
                versions = tuple(_add_version(archive, store, path) for path in contents.versions)
                runs = tuple(_add_run(archive, store, path) for path in contents.runs)
        return Imported(archive.digest, versions, runs, contents.aliases, archive.manifest.history, dry_run)


def _add_version(archive: Archive, store: Store, path: str) -> ImportedVersion:
    version = read_version(archive, path)
    for blob in blobs_of(version):
        store.blobs.put_blocks(archive.blocks(blob_path(blob)))
    held, created = store.versions.add(
        version.kind, version.name, version.digest, version.content, version.origin, version.created_at, version.number
    )
    return _outcome(version, held.number, created)


def _add_run(archive: Archive, store: Store, path: str) -> ImportedRun:
    run = read_run(archive, path)
    is_new = not _is_there(archive, store, run)
    if is_new:
        store.runs.start(run)
        results = _results(archive, run)
        while batch := list(islice(results, _BATCH)):
            store.runs.add_results(run.id, batch)
    return ImportedRun(run.id, run.name, is_new, add_labels(archive, store, run.id))


def _foresee(archive: Archive, store: Store, contents: Contents) -> tuple[ImportedVersion, ...]:
    """What adding the versions would do; nothing is written."""
    taken: dict[tuple[Kind, str], dict[int, str]] = {}
    done = []
    for path in contents.versions:
        version = read_version(archive, path)
        numbers = taken.get((version.kind, version.name))
        if numbers is None:
            held = store.versions.of(version.kind, version.name)
            numbers = taken[(version.kind, version.name)] = {one.number: one.digest for one in held}
        known = next((number for number, digest in numbers.items() if digest == version.digest), None)
        number = known or (version.number if version.number not in numbers else max(numbers) + 1)
        numbers[number] = version.digest
        done.append(_outcome(version, number, known is None))
    return tuple(done)


def _try_runs(archive: Archive, store: Store, contents: Contents) -> tuple[ImportedRun, ...]:
    runs = [read_run(archive, path) for path in contents.runs]
    return tuple(
        ImportedRun(
            run.id, run.name, not _is_there(archive, store, run), add_labels(archive, store, run.id, dry_run=True)
        )
        for run in runs
    )


def _is_there(archive: Archive, store: Store, run: Run) -> bool:
    """Tell whether the store has this run; Conflict where it has another one of that id."""
    try:
        held = store.runs.get(run.id)
    except (NotFound, InvalidRef):  # an id that is the beginning of several others
        return False
    if held.id != run.id:
        return False
    state = hashlib.sha256()
    for result in store.runs.results(run.id):
        state.update(noun_line(result))
    if held != run or PREFIX + state.hexdigest() != archive.manifest.files[results_path(run.id)].digest:
        raise Conflict(
            f"the run {run.id} in the store is not the one in the export",
            hint="One of them was changed; compare their reports with: llmops runs show " + run.id,
        )
    return True


def _results(archive: Archive, run: Run) -> Iterator[CaseResult]:
    path = results_path(run.id)
    for number, line in enumerate(archive.lines(path), 1):
        yield read_result(archive, path, number, line)


def _outcome(version: Version, number: int, created: bool) -> ImportedVersion:
    return ImportedVersion(version.kind, version.name, version.number, number, version.digest, created)
