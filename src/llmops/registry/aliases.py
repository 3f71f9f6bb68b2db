"""Aliases: move one to a version, let it try one out, roll it back to the one held before, and say who did it."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from llmops.core.errors import InputError
from llmops.core.git import run_git
from llmops.core.hashing import Json
from llmops.core.names import Ref, check_alias
from llmops.domain.artifact import Actor, Move, MoveRecord, Version
from llmops.registry.artifacts import Registry
from llmops.registry.stands import HOLDING, Stand, earlier_stands


def version_to_hold(registry: Registry, ref: Ref, alias: str) -> Version:
    """The registered version that a ref means, if an alias may hold it.

    Raises:
        InputError: the working file is no version yet, or the alias is no name for one.
        NotFound: nothing answers to the ref.
    """
    check_alias(alias)
    found = registry.resolve(ref)
    if found.number is None:
        raise InputError(
            f"the working file of {found.kind}/{found.name} is not registered as it stands",
            hint=f"llmops register, then promote it; or name a version: {found.kind}/{found.name}@latest",
        )
    return registry.lookup.version(Ref(found.kind, found.name, str(found.number)))


def move(registry: Registry, ref: Ref, alias: str, *, actor: Actor, reason: str = "", now: datetime) -> Move:
    """Point an alias at the version that a ref means, whatever its rules ask for. Where it points there already nothing is
    written, and its last move is returned.

    Raises:
        InputError: the working file is no version yet, or the alias is no name for one.
        Conflict: someone moved the alias meanwhile.
    """
    target = version_to_hold(registry, ref, alias)
    aliases = registry.store.aliases
    held = aliases.get(target.kind, target.name, alias)
    if held is not None and held.number == target.number:
        return last_move(aliases.history(target.kind, target.name, alias))
    return aliases.move(target, alias, expected=held.number if held else None, actor=actor, reason=reason, now=now)


def last_move(history: Sequence[Move]) -> Move:
    """The row that made an alias hold what it holds."""
    return next(step for step in reversed(history) if step.action in HOLDING)


def roll_back(
    registry: Registry,
    ref: Ref,
    *,
    to: int | None = None,
    actor: Actor,
    reason: str = "",
    now: datetime,
    details: Mapping[str, Json] | None = None,
) -> Move:
    """Undo the last promotion to an alias: end its trial of another version, or where there is none point it back at the
    version that it held before. With `to` it is pointed back at an earlier holder of that number, and a trial ends too.

    A version that was rolled back from once is never returned to. The row of the history keeps `details`, but not that of a
    trial that ends.

    Raises:
        InputError: the ref names no alias, or there is nothing to go back to.
        NotFound: nothing holds the alias.
        Conflict: someone moved the alias meanwhile.
    """
    bare = f"{ref.kind}/{ref.name}"
    if ref.alias is None:
        raise InputError(f"{ref} names no alias", hint=f"Write for example {bare}@production.")
    aliases = registry.store.aliases
    held = aliases.get(ref.kind, ref.name, ref.alias)
    if held is None:
        raise registry.lookup.not_found(ref)
    if held.candidate is not None and to in (None, held.number):
        return aliases.drop_candidate(ref.kind, ref.name, ref.alias, actor=actor, reason=reason, now=now)
    earlier = earlier_stands(aliases.history(ref.kind, ref.name, ref.alias))
    stand = _choose(ref, held.number, earlier, to)
    target = registry.lookup.version(Ref(ref.kind, ref.name, str(stand.number)))
    kept = {**(details or {}), **(stand.snapshot.details() if stand.snapshot is not None else {})}
    record = MoveRecord(details=kept or None)
    return aliases.roll_back(
        target, ref.alias, expected=held.number, actor=actor, reason=reason, now=now, record=record
    )


def _choose(ref: Ref, current: int, earlier: list[Stand], to: int | None) -> Stand:
    if to is None:
        if not earlier:
            raise InputError(
                f"{ref} holds version {current}, and there is no earlier version to go back to",
                hint=f"Move it to another version: llmops promote {ref.kind}/{ref.name}@NUMBER --to {ref.alias}",
            )
        return earlier[0]
    found = next((stand for stand in earlier if stand.number == to), None)
    if found is None:
        choices = ", ".join(str(number) for number in dict.fromkeys(stand.number for stand in earlier)) or "none"
        raise InputError(
            f"{ref} cannot be rolled back to version {to}",
            hint=f"Earlier holders that were not rolled back from: {choices}. To move it there anyway: "
            f"llmops promote {ref.kind}/{ref.name}@{to} --to {ref.alias}",
        )
    return found


def find_actor(environ: Mapping[str, str], root: Path) -> Actor:
    """Who acts here: `LLMOPS_ACTOR`, else the e-mail of git's configuration, else the user of the operating system."""
    named = environ.get("LLMOPS_ACTOR", "").strip()
    if named:
        return Actor(name=named, source="LLMOPS_ACTOR")
    email = run_git(root, "config", "user.email").strip()
    if email:
        return Actor(name=email, source="git e-mail")
    try:
        return Actor(name=getpass.getuser(), source="OS user")
    except (KeyError, OSError):
        return Actor(name="unknown", source="OS user")
