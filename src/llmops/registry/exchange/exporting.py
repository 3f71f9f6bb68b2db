"""Export versions, the history of aliases and, if asked for, the runs that speak for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import digest_bytes
from llmops.core.names import Ref
from llmops.domain.artifact import Move
from llmops.domain.model import blobs_of
from llmops.registry.artifacts import Registry
from llmops.registry.exchange.labelled import write_labels
from llmops.registry.exchange.layout import (
    ALIASES,
    HISTORY,
    MANIFEST,
    HistoryNote,
    Manifest,
    Position,
    blob_path,
    results_path,
    run_path,
    version_path,
)
from llmops.registry.exchange.records import move_line, noun_bytes, noun_line, to_bytes
from llmops.registry.exchange.selection import Key, choose, evidence_for, positions, suites_of, with_parts
from llmops.registry.exchange.writing import Draft, writing
from llmops.storage.store import Store


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds; `digest` is the manifest's, which covers every byte of it."""

    path: Path
    digest: str
    versions: tuple[Key, ...]
    runs: tuple[str, ...]
    aliases: tuple[Position, ...]
    history: HistoryNote


def export(
    registry: Registry, target: Path, refs: Sequence[Ref] = (), *, at: datetime | None = None, evidence: bool = False
) -> Exported:
    """Write an export: a folder, or a `.tar` or `.tar.gz` by its name.

    The same versions give the same bytes. Everything that a version pins comes along.

    Args:
        registry: where from.
        target: where to; nothing may be there yet.
        refs: an artifact with all versions, or one version of it; everything by default.
        at: only what aliases held at that time, and the history up to then.
        evidence: the runs on these apps and prompts too, with the suites and datasets they used.

    Raises:
        InputError: nothing is registered, a ref cannot be exported, or something is at the target.
        NotFound: a ref means nothing.
        StoreError: the target cannot be written.
    """
    store = registry.store
    told = [move for move in store.aliases.history() if at is None or move.at <= at]
    stood = positions(told)
    chosen = choose(registry, refs, at, stood)
    if not chosen:
        raise InputError("nothing is registered yet", hint="llmops register")
    names = {(kind, name) for kind, name, _ in chosen}
    moves = told if not refs else [move for move in told if not move.name or (move.kind, move.name) in names]
    runs = evidence_for(store, chosen, moves, at) if evidence else []
    chosen |= with_parts(store, suites_of(store, runs))
    stood = [place for place in stood if (place.kind, place.name, place.number) in chosen]
    note = HistoryNote(rows=len(moves), head=moves[-1].hash if moves else "", whole=not refs)
    with writing(target) as draft:
        _write_versions(store, chosen, draft)
        if stood:
            draft.add(ALIASES, [to_bytes([place.model_dump(mode="json", exclude_none=True) for place in stood])])
        if moves:
            draft.add(HISTORY, _lines(moves))
        for run in runs:
            draft.add(run_path(run.id), [noun_bytes(run)])
            draft.add(results_path(run.id), (noun_line(result) for result in store.runs.results(run.id)))
            write_labels(store, run.id, draft)
        manifest = to_bytes(
            Manifest(
                refs=tuple(sorted(map(str, refs))), at=at, evidence=evidence, history=note, files=draft.files
            ).model_dump(mode="json", exclude_none=True)
        )
        draft.add(MANIFEST, [manifest])
    return Exported(
        target, digest_bytes(manifest), tuple(sorted(chosen)), tuple(run.id for run in runs), tuple(stood), note
    )


def _write_versions(store: Store, chosen: dict[Key, str], draft: Draft) -> None:
    for (kind, name), keys in groupby(sorted(chosen), key=lambda key: key[:2]):
        held = {version.number: version for version in store.versions.of(kind, name)}
        for _, _, number in keys:
            if number not in held:
                raise NotFound(f"{kind}/{name}@{number} was deleted just now", hint="Export again.")
            draft.add(version_path(kind, name, number), [noun_bytes(held[number])])
            for blob in blobs_of(held[number]):
                if blob_path(blob) not in draft.files:
                    draft.add(blob_path(blob), store.blobs.blocks(blob))


def _lines(moves: Sequence[Move]) -> Iterator[bytes]:
    for move in moves:
        yield move_line(move)
