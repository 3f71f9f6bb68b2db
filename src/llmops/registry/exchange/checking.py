"""Check an export before anything of it is written: digests, contents, parts, blobs, runs, history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from llmops.core.errors import InputError, InvalidFile
from llmops.core.hashing import Json, digest
from llmops.core.names import Kind
from llmops.domain.artifact import AppSpec, PromptSpec, Version
from llmops.domain.corpus import RagSpec
from llmops.domain.evaluation import CaseResult
from llmops.domain.model import ModelSpec
from llmops.domain.monitor import MonitorSpec
from llmops.domain.noun import Noun
from llmops.domain.policy import PolicySpec
from llmops.domain.report import Report
from llmops.domain.run import Run
from llmops.domain.suite import DatasetSpec, SuiteSpec
from llmops.registry.datasets import make_dataset, parse_cases
from llmops.registry.exchange.archive import Archive
from llmops.registry.exchange.files_of_models import check_model
from llmops.registry.exchange.labelled import check_labels
from llmops.registry.exchange.layout import ALIASES, HISTORY, Position, blob_path, results_path, run_path
from llmops.registry.exchange.records import CHANGED, as_noun, hash_of, read_json, read_noun
from llmops.registry.exchange.selection import parts_of
from llmops.registry.files import SUPPORTED, check_supported
from llmops.registry.messages import split_messages
from llmops.registry.secrets import refuse_secrets
from llmops.storage.history import GENESIS
from llmops.storage.store import Store

_SPECS: Final[Mapping[Kind, type[Noun]]] = {
    "prompt": PromptSpec, "rag": RagSpec, "policy": PolicySpec, "app": AppSpec, "suite": SuiteSpec, "dataset": DatasetSpec,
    "monitor": MonitorSpec, "model": ModelSpec,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contents:
    """What a checked export holds: paths of versions, parts before wholes, of runs, and what it tells of aliases."""

    versions: tuple[str, ...]
    runs: tuple[str, ...]
    aliases: tuple[Position, ...]


def check(archive: Archive, store: Store) -> Contents:
    """Read everything once.

    Raises:
        InvalidFile: a file was changed, or is not what its name says; the message names it.
    """
    versions = archive.of("version")
    versions.sort(key=lambda path: (_rank(archive, path), archive.paths[path].name, archive.paths[path].number))
    digests: dict[tuple[Kind, str, str], str] = {}
    needs: list[tuple[str, Kind, str, str]] = []
    blobs: set[str] = set()
    for path in versions:
        version = read_version(archive, path)
        key = (version.kind, version.name, version.digest)
        if key in digests:
            raise InvalidFile(archive.name(path), f"this is {digests[key]} once more", hint=CHANGED)
        digests[key] = path
        needs += [(path, *part) for part in parts_of(version)]
        if version.kind == "dataset":
            blobs.add(_check_dataset(archive, path, version))
        elif version.kind == "model":
            blobs |= check_model(archive, version)
    for path, kind, name, wanted in needs:
        if (kind, name, wanted) not in digests and store.versions.by_digest(kind, name, wanted) is None:
            raise InvalidFile(
                archive.name(path), f"it pins {kind}/{name} {wanted}, which is neither here nor in the store",
                hint="Export it together with its parts.",
            )  # fmt: skip
    for path in archive.of("blob"):
        if path not in blobs:
            raise InvalidFile(archive.name(path), "no dataset or model of this export has this blob", hint=CHANGED)
    runs = archive.of("run")
    for path in runs:
        _check_run(archive, path)
    if len(archive.of("results")) != len(runs):
        raise InvalidFile(archive.name("runs"), "there are results without their run", hint=CHANGED)
    for path in archive.of("labels"):
        if run_path(archive.paths[path].name) not in archive.paths:
            raise InvalidFile(archive.name(path), "there are labels without their run", hint=CHANGED)
    _check_history(archive)
    return Contents(tuple(versions), tuple(runs), _read_aliases(archive))


def read_version(archive: Archive, path: str) -> Version:
    """A version, verified down to its digest.

    Raises:
        InvalidFile: it is none, or not the one that its path names, or holds a literal credential.
    """
    shown, listed = archive.name(path), archive.paths[path]
    version = read_noun(Version, archive.read(path), shown)
    if (version.kind, version.name, version.number) != (listed.kind, listed.name, listed.number):
        raise InvalidFile(shown, f"it holds {version.kind}/{version.name}@{version.number}", hint=CHANGED)
    if version.created_at.tzinfo is None:
        raise InvalidFile(shown, "created_at has no time zone", hint=CHANGED)
    try:
        check_supported(version.kind)
    except InputError as error:
        raise InvalidFile(shown, error.message, hint=error.hint) from error
    if digest(version.kind, version.content) != version.digest:
        raise InvalidFile(shown, "its content does not have its digest", hint=CHANGED)
    spec = as_noun(_SPECS[version.kind], version.content, shown)
    if isinstance(spec, PromptSpec):
        split_messages(spec.body, shown)
    _refuse_secrets(version.content, shown)
    return version


def read_run(archive: Archive, path: str) -> Run:
    """A finished run with its report, verified."""
    shown = archive.name(path)
    run = read_noun(Run, archive.read(path), shown)
    if run.id != archive.paths[path].name:
        raise InvalidFile(shown, f"it holds the run {run.id}", hint=CHANGED)
    if run.status != "finished" or run.ended_at is None:
        raise InvalidFile(shown, f"the run is {run.status}; only finished runs are evidence", hint=CHANGED)
    if run.started_at.tzinfo is None or run.ended_at.tzinfo is None:
        raise InvalidFile(shown, "a time has no time zone", hint=CHANGED)
    if as_noun(Report, run.summary, shown).run_id != run.id:
        raise InvalidFile(shown, "its report is of another run", hint=CHANGED)
    return run


def read_result(archive: Archive, path: str, number: int, line: bytes) -> CaseResult:
    """One line of case results."""
    return read_noun(CaseResult, line, archive.name(path), line=number)


def _rank(archive: Archive, path: str) -> int:
    kind = archive.paths[path].kind
    return SUPPORTED.index(kind) if kind in SUPPORTED else len(SUPPORTED)


def _check_dataset(archive: Archive, path: str, version: Version) -> str:
    spec = DatasetSpec.model_validate(version.content)
    place = blob_path(spec.blob)
    if place not in archive.paths:
        raise InvalidFile(archive.name(place), "this blob is missing", hint=CHANGED)
    data = archive.read(place)
    shown = archive.name(place)
    try:
        made = make_dataset(parse_cases(data))
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidFile(shown, "these are no cases of a dataset", hint=CHANGED) from error
    if made.spec != spec or made.lines != data:
        raise InvalidFile(
            shown, f"these are not the cases of {version.kind}/{version.name}@{version.number}", hint=CHANGED
        )
    refuse_secrets(data.decode(), shown)
    return place


def _check_run(archive: Archive, path: str) -> None:
    run = read_run(archive, path)
    results = results_path(run.id)
    if results not in archive.paths:
        raise InvalidFile(archive.name(results), "this file is missing", hint=CHANGED)
    seen: set[tuple[str, int]] = set()
    for number, line in enumerate(archive.lines(results), 1):
        result = read_result(archive, results, number, line)
        if (result.case_id, result.repeat) in seen:
            raise InvalidFile(
                archive.name(results), f"case {result.case_id!r} stands here twice", line=number, hint=CHANGED
            )
        seen.add((result.case_id, result.repeat))
    check_labels(archive, run.id, seen)


def _read_aliases(archive: Archive) -> tuple[Position, ...]:
    if ALIASES not in archive.paths:
        return ()
    shown = archive.name(ALIASES)
    value = read_json(archive.read(ALIASES), shown)
    if not isinstance(value, list):
        raise InvalidFile(shown, "this is no list", hint=CHANGED)
    return tuple(as_noun(Position, item, shown) for item in value)


def _check_history(archive: Archive) -> None:
    """Every row has its hash and, where the rows are the whole chain, follows the one before."""
    note = archive.manifest.history
    rows, head, previous = 0, "", GENESIS
    shown = archive.name(HISTORY)
    for number, line in enumerate(archive.lines(HISTORY) if HISTORY in archive.paths else (), 1):
        row = read_json(line, shown, line=number)
        if not isinstance(row, dict) or row.get("hash") != hash_of(row):
            raise InvalidFile(shown, "this row was changed after it was written", line=number, hint=CHANGED)
        if note.whole and (row.get("previous") != previous or row.get("sequence") != number):
            raise InvalidFile(shown, "this row does not follow the row before it", line=number, hint=CHANGED)
        rows, head, previous = number, row["hash"], row["hash"]
    if (rows, head) != (note.rows, note.head):
        raise InvalidFile(shown, f"the manifest speaks of {note.rows} rows up to {note.head or 'none'}", hint=CHANGED)


def _refuse_secrets(content: Json, shown: str) -> None:
    """Look through every text of a content."""
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            refuse_secrets(item, shown)
        elif isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
