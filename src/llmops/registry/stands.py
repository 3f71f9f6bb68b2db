"""What an alias held and pinned, read from its rows of the history: there is no second place that could say something else."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from llmops.core.names import Ref
from llmops.domain.artifact import Action, AppSpec, Move
from llmops.domain.snapshot import Snapshot, snapshot_of
from llmops.registry.bundles import Bundle
from llmops.storage.aliases import AliasRepository

HOLDING: Final[tuple[Action, ...]] = ("move", "rollback")
"""The actions that make an alias hold something."""


class Stand(NamedTuple):
    """What an alias held: a version and, where that pins contents, what of its index."""

    number: int
    snapshot: Snapshot | None = None


def earlier_stands(history: Sequence[Move]) -> list[Stand]:
    """What an alias can go back to, nearest first, from its rows of the history, oldest first.

    A rollback undoes the moves made since its target held the alias; what was rolled back from is out for good.
    """
    held: list[Stand] = []
    out: set[Stand] = set()
    for step in history:
        if step.action not in HOLDING or step.to_number is None:
            continue
        stand = Stand(step.to_number, snapshot_of(step))
        if step.action == "rollback":
            out |= {held[-1]} if held else set()
            while held and held[-1] != stand:
                held.pop()
        if not held or held[-1] != stand:
            held.append(stand)
    current = held[-1] if held else None
    found = (stand for stand in reversed(held) if stand != current and stand not in out)
    return list(dict.fromkeys(found))


def pinned_by(history: Sequence[Move], number: int) -> Snapshot | None:
    """What of its index an alias pins for a version that it holds or tries out, from its rows of the history."""
    putting = (*HOLDING, "canary", "shadow")
    last = next((row for row in reversed(history) if row.to_number == number and row.action in putting), None)
    return snapshot_of(last) if last is not None else None


def pinned(aliases: AliasRepository, ref: Ref, bundle: Bundle) -> Bundle:
    """A version as an alias holds it: with what it pins of its index. By number or digest it pins nothing."""
    main = bundle.main
    if main.kind != "app" or ref.alias is None or main.number is None or not main.spec(AppSpec).snapshot:
        return bundle
    history = aliases.history(main.kind, main.name, ref.alias)
    return replace(bundle, snapshot=pinned_by(history, main.number))
