"""What goes into an export: the versions that are asked for, everything that they pin, and the runs that speak for them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from llmops.core.errors import InputError, NotFound
from llmops.core.names import WORKING, Kind, Ref, parse_ref
from llmops.domain.artifact import Move, Version
from llmops.domain.run import Run
from llmops.registry.artifacts import Registry
from llmops.registry.exchange.layout import Position
from llmops.storage.store import Store

Key = tuple[Kind, str, int]

_MANY = 2**31 - 1


def positions(moves: Iterable[Move], at: datetime | None = None) -> list[Position]:
    """Where the aliases stood after these moves, or at a time; by kind, name and alias."""
    stood: dict[tuple[str, str, str], Position] = {}
    for move in moves:
        if at is not None and move.at > at:
            continue
        key = (move.kind, move.name, move.alias)
        if move.action in ("move", "rollback") and move.kind and move.to_number and move.to_digest:
            stood[key] = Position(
                kind=move.kind, name=move.name, alias=move.alias, number=move.to_number, digest=move.to_digest,
                since=move.at,
            )  # fmt: skip
        elif key in stood and move.action in ("canary", "shadow", "abandon"):
            candidate = None if move.action == "abandon" else move.to_number
            stood[key] = stood[key].model_copy(update={"candidate": candidate})
    return [stood[key] for key in sorted(stood)]


def choose(registry: Registry, refs: Iterable[Ref], at: datetime | None, stood: Iterable[Position]) -> dict[Key, str]:
    """The versions to export with their digests: of refs, or all; with a time, what their aliases held then.

    Raises:
        NotFound: a ref means nothing, or no alias held anything at that time.
        InputError: a ref names a working file, or with a time something else than an artifact or an alias of one.
    """
    refs = list(refs)
    if at is not None:
        wanted = _held(registry.store, refs, at, list(stood))
    elif refs:
        wanted = [version for ref in refs for version in _named(registry, ref)]
    else:
        return {
            (version.kind, version.name, version.number): version.digest
            for artifact in registry.store.versions.artifacts()
            for version in registry.store.versions.of(artifact.kind, artifact.name)
        }
    return with_parts(registry.store, wanted)


def with_parts(store: Store, versions: Iterable[Version]) -> dict[Key, str]:
    """Versions and all that they pin, also indirectly."""
    chosen: dict[Key, str] = {}
    waiting = list(versions)
    while waiting:
        version = waiting.pop()
        key = (version.kind, version.name, version.number)
        if key in chosen:
            continue
        chosen[key] = version.digest
        for kind, name, digest in parts_of(version):
            part = store.versions.by_digest(kind, name, digest)
            if part is None:
                raise NotFound(
                    f"{version.kind}/{version.name}@{version.number} pins {kind}/{name} {digest}, which is not there",
                    hint="Look at the store with: llmops db check",
                )
            waiting.append(part)
    return chosen


def parts_of(version: Version) -> Iterator[tuple[Kind, str, str]]:
    """Kind, name and digest of everything that a version pins."""
    content = version.content if isinstance(version.content, dict) else {}
    kinds: tuple[Kind, ...] = ("prompt", "rag", "policy", "dataset")
    for kind in kinds:
        pin = (content.get("questions") or {}).get(kind) if version.kind == "monitor" else content.get(kind)
        if isinstance(pin, dict) and isinstance(pin.get("name"), str) and isinstance(pin.get("digest"), str):
            yield kind, pin["name"], pin["digest"]
    if version.kind == "prompt":
        for text, digest in content.get("includes", {}).items():
            yield "prompt", parse_ref(text, "prompt").name, digest


def evidence_for(store: Store, chosen: Mapping[Key, str], moves: Iterable[Move], at: datetime | None) -> list[Run]:
    """The finished evaluations on these versions, those that moves rest on, and the runs that they were compared with."""
    digests = set(chosen.values())
    cited = {run_id for move in moves for run_id in move.evidence}
    finished = (run for run in store.runs.runs("eval", limit=_MANY) if run.status == "finished")
    runs = {run.id: run for run in finished if _is_before(run, at)}
    found = {
        run.id: run
        for run in runs.values()
        if run.id in cited or digests & {run.refs.get(kind) for kind in _asked_of(run)}
    }
    for run in list(found.values()):
        comparison = run.summary.get("comparison") if isinstance(run.summary, dict) else None
        baseline = runs.get(comparison["baseline_run"]) if comparison else None
        if baseline is not None:
            found[baseline.id] = baseline
    return sorted(found.values(), key=lambda run: run.id)


def _asked_of(run: Run) -> tuple[Kind, ...]:
    """The kinds of versions that a run says something about; a RAG configuration or a policy inside of an app is none."""
    return ("app", "prompt") if "app" in run.refs else ("prompt", "rag", "policy", "model")


def suites_of(store: Store, runs: Iterable[Run]) -> list[Version]:
    """The registered suites and datasets that runs were made with."""
    wanted = {(run.name, run.refs["suite"]) for run in runs if "suite" in run.refs}
    found = (store.versions.by_digest("suite", name, digest) for name, digest in sorted(wanted))
    return [version for version in found if version is not None]


def _is_before(run: Run, at: datetime | None) -> bool:
    return at is None or (run.ended_at is not None and run.ended_at <= at)


def _named(registry: Registry, ref: Ref) -> list[Version]:
    if ref.selector == WORKING:
        raise InputError(f"{ref} is a file, no version", hint="Register it, then export it: llmops register")
    return registry.history(ref) if ref.selector is None else [registry.lookup.version(ref)]


def _held(store: Store, refs: list[Ref], at: datetime, stood: list[Position]) -> list[Version]:
    for ref in refs:
        if ref.selector is not None and ref.alias is None:
            raise InputError(
                f"{ref} stays what it is at all times",
                hint=f"With --at write {ref.kind}/{ref.name} or {ref.kind}/{ref.name}@ALIAS.",
            )
    found = [place for place in stood if not refs or any(_means(ref, place) for ref in refs)]
    missing = [ref for ref in refs if not any(_means(ref, place) for place in found)]
    if missing or not found:
        what = (
            f"no alias of {missing[0]}" if missing and missing[0].alias is None else str(missing[0]) if missing else ""
        )
        raise NotFound(
            f"{what or 'no alias'} held {'nothing' if missing and missing[0].alias else 'anything'} at {at:%Y-%m-%d %H:%M} UTC",
            hint="See when aliases moved with: llmops history KIND/NAME",
        )
    versions = []
    for place in found:
        for number in (place.number, place.candidate):
            version = store.versions.get(place.kind, place.name, number) if number is not None else None
            if version is not None:
                versions.append(version)
            elif number is not None:
                raise NotFound(
                    f"{place.kind}/{place.name}@{number}, which {place.alias} held then, is not in the store",
                    hint="Look at the store with: llmops db check",
                )
    return versions


def _means(ref: Ref, place: Position) -> bool:
    return (ref.kind, ref.name) == (place.kind, place.name) and ref.alias in (None, place.alias)
