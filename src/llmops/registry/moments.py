"""What was there at a moment of the past: the version that a ref meant then, and the row of the history that says why."""

from datetime import UTC, datetime

from llmops.core.errors import NotFound
from llmops.core.names import LATEST, Ref
from llmops.domain.artifact import Candidate, Move, Version
from llmops.registry.artifacts import Registry
from llmops.storage.replay import Place, Standing, replay


def version_at(registry: Registry, ref: Ref, when: datetime) -> tuple[Version, Move | None]:
    """The version that a ref meant at a moment; for an alias with the move or rollback that made it so.

    Without a selector, and with `latest`, it is the version with the highest number of then.

    Raises:
        InputError: the ref is the working file, which has no past.
        NotFound: there was no such version, or the alias did not exist yet.
    """
    if ref.alias is not None:
        return _held_at(registry, ref, ref.alias, when)
    if ref.selector in (None, LATEST):
        versions = registry.history(ref)
        found = [version for version in versions if version.created_at <= when]
        if not found:
            raise _too_early(ref, when, versions[0].created_at)
        return found[-1], None
    version = registry.lookup.version(ref)
    if version.created_at > when:
        raise _too_early(ref, when, version.created_at)
    return version, None


def trial_at(registry: Registry, ref: Ref, when: datetime) -> Candidate | None:
    """The second version that an alias tried out at a moment."""
    stands: dict[Place, Standing] = {}
    for row in registry.store.aliases.history(ref.kind, ref.name, ref.alias):
        if row.at <= when:
            replay(stands, row)
    found = stands.get((ref.kind, ref.name, ref.alias or ""))
    return found.candidate if found else None


def approvals_of(registry: Registry, step: Move) -> list[Move]:
    """Who had approved the version that a move put in place, when it did; a rollback from it ends what was given before."""
    given: list[Move] = []
    for row in registry.store.aliases.history(step.kind or None, step.name, step.alias):
        if row.sequence >= step.sequence:
            break
        if row.action == "approve" and row.to_digest == step.to_digest:
            given.append(row)
        elif row.action in ("rollback", "abandon") and row.from_number == step.to_number:
            given = []
    return given


def _held_at(registry: Registry, ref: Ref, alias: str, when: datetime) -> tuple[Version, Move]:
    step = registry.store.aliases.at(ref.kind, ref.name, alias, when)
    if step is not None:
        return registry.lookup.version(ref.at(step.to_number or 0)), step
    moves = [row for row in registry.store.aliases.history(ref.kind, ref.name, alias) if row.action == "move"]
    if not moves:
        raise registry.lookup.not_found(ref)
    raise _too_early(ref, when, moves[0].at)


def _too_early(ref: Ref, when: datetime, first: datetime) -> NotFound:
    return NotFound(f"{ref} did not exist at {_shown(when)}", hint=f"It is there since {_shown(first)}.")


def _shown(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
