"""Promotion on evidence: an alias moves to a version when all that its rules ask for is there.

The requirements are looked at first, then the move is made in one transaction that checks that rules and aliases are what
they were. So of two promotions at once one wins, and the other is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from llmops.core.errors import CheckFailed, Conflict, InputError
from llmops.core.names import Ref
from llmops.domain.artifact import Actor, Alias, AppSpec, Candidate, Move, MoveRecord, Version
from llmops.domain.promotion import merge_rules
from llmops.domain.requirement import Requirement
from llmops.flows.hooks import fire, moved
from llmops.flows.index_sync import retire_unneeded
from llmops.flows.promotion.pinning import contents_to_pin, pins_what_is_there
from llmops.flows.promotion.requirements import check, layout
from llmops.flows.services import Services
from llmops.presentation.figures import count
from llmops.registry.aliases import last_move, version_to_hold
from llmops.registry.rules import differ_from_store


@dataclass(frozen=True, slots=True)
class PromoteOptions:
    """How to promote. `canary` and `shadow` are shares of traffic: the alias then tries the version out and goes on holding
    what it holds."""

    canary: float | None = None
    shadow: float | None = None
    dry_run: bool = False
    force: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Promotion:
    """What a promotion found and did. `move` is None after a dry run; `changed` is False where the alias was there already.
    `notes` are worth knowing: apps that stay where they are, rules that are not in force yet."""

    target: Version
    alias: str
    requirements: Sequence[Requirement]
    move: Move | None = None
    changed: bool = False
    notes: Sequence[str] = field(default=())

    @property
    def unmet(self) -> list[Requirement]:
        """What stands in the way."""
        return [item for item in self.requirements if not item.is_met]


class Refused(CheckFailed):
    """A promotion whose requirements are not met; `promotion` has them all."""

    def __init__(self, promotion: Promotion) -> None:
        target, unmet, total = promotion.target, len(promotion.unmet), len(promotion.requirements)
        told = f"{unmet} of {count(total, 'requirement')} {'is' if unmet == 1 else 'are'} not met"
        super().__init__(
            "\n".join(
                [f"{_named(target)} cannot be promoted to {promotion.alias}: {told}", *layout(promotion.requirements)]
            ),
            hint="Type what the last column says, then promote again.",
        )
        self.promotion = promotion


def promote(
    services: Services, ref: Ref, alias: str, *, options: PromoteOptions, actor: Actor, now: datetime
) -> Promotion:
    """Let an alias hold the version that a ref means, or try it out.

    Promoting what is tried out with another share widens (or narrows) the trial, without a share completes it. Promoting an app
    with a snapshot again pins what its index holds now.

    Raises:
        Refused: a requirement is not met, and it is not forced.
        InputError: the ref is no registered version, the options contradict each other, or nothing holds the alias yet and
            so nothing can be tried out beside it.
        Conflict: somebody else moved the alias or changed the rules meanwhile, or another version is being tried out.
    """
    trial = _read_options(options)
    store = services.store
    target = version_to_hold(services.registry, ref, alias)
    sequence = store.rules.sequence()
    held = store.aliases.get(target.kind, target.name, alias)
    _check_trial(target, alias, held, trial)
    notes = tuple(_notes(services, target, alias))
    stays = held is not None and held.number == target.number and held.candidate is None and not options.dry_run
    if held is not None and stays and pins_what_is_there(services, target, held, now):
        done = last_move(store.aliases.history(target.kind, target.name, alias))
        return Promotion(target, alias, (), done, notes=notes)
    found = Promotion(target, alias, check(services, target, alias, now), notes=notes)
    if options.dry_run:
        return found
    if found.unmet and not options.force:
        raise Refused(found)
    with store.transaction():
        if store.rules.sequence() != sequence or not _still_at_source(services, target, alias, force=options.force):
            raise Conflict(
                f"rules or aliases changed while {_named(target)} was being promoted to {alias}", hint="Try again."
            )
        move = _write(services, found, held, trial, options.reason, actor, now)
    fire(services, moved(move, now))
    retire_unneeded(services, target)
    return Promotion(target, alias, found.requirements, move, changed=True, notes=notes)


def _read_options(options: PromoteOptions) -> tuple[str, float] | None:
    """The sort and share of a trial, if one is asked for."""
    if options.force and not options.reason.strip():
        raise InputError("--force needs a reason, which the history keeps", hint='Add --reason "why it cannot wait".')
    if options.canary is not None and options.shadow is not None:
        raise InputError("a version is tried out as canary or as shadow, not as both", hint="Give one of them.")
    if options.canary is not None:
        if not 0 < options.canary < 1:
            raise InputError(
                f"--canary takes a share between 0 and 100 %, not {options.canary * 100:g} %",
                hint="For all of the traffic, promote without --canary.",
            )
        return "canary", options.canary
    if options.shadow is not None:
        if not 0 < options.shadow <= 1:
            raise InputError(
                f"--shadow takes a share of at most 100 %, not {options.shadow * 100:g} %", hint="Write --shadow 5%."
            )
        return "shadow", options.shadow
    return None


def _check_trial(target: Version, alias: str, held: Alias | None, trial: tuple[str, float] | None) -> None:
    if trial is None:
        return
    bare = f"{target.kind}/{target.name}"
    if held is None:
        raise InputError(
            f"nothing holds {bare}@{alias} yet, so {_named(target)} cannot be tried out beside it",
            hint=f"llmops promote {_named(target)} --to {alias}",
        )
    if held.number == target.number:
        raise InputError(
            f"{bare}@{alias} holds version {held.number} already, so there is nothing to try out",
            hint=f"llmops history {bare}@{alias}",
        )


def _still_at_source(services: Services, target: Version, alias: str, *, force: bool) -> bool:
    rule = merge_rules(services.store.rules.in_force(), alias, target.kind, target.name)
    if rule.source is None or force:
        return True
    held = services.store.aliases.get(target.kind, target.name, rule.source)
    return held is not None and held.number == target.number


def _write(
    services: Services,
    found: Promotion,
    held: Alias | None,
    trial: tuple[str, float] | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Move:
    target, aliases = found.target, services.store.aliases
    snapshot = contents_to_pin(services, target, held, now)
    details = {"requirements": [item.model_dump() for item in found.requirements]} if found.requirements else {}
    details |= snapshot.details() if snapshot is not None else {}
    record = MoveRecord(
        evidence=tuple(item.evidence for item in found.requirements if item.evidence),
        forced=bool(found.unmet),
        details=details or None,
    )
    if trial is None or held is None:
        expected = held.number if held else None
        return aliases.move(target, found.alias, expected=expected, actor=actor, reason=reason, now=now, record=record)
    mode, weight = trial
    candidate = Candidate(
        number=target.number, digest=target.digest, weight=weight, mode="canary" if mode == "canary" else "shadow"
    )
    return aliases.set_candidate(held, candidate, actor=actor, reason=reason, now=now, record=record)


def _notes(services: Services, target: Version, alias: str) -> list[str]:
    notes = []
    if differ_from_store(services.store, services.settings):
        notes.append("llmops.toml has other rules of promotion than those in force; llmops register applies them.")
    if target.kind == "prompt":
        notes += [f"{app} stays with its own prompt/{target.name}." for app in apps_that_stay(services, target, alias)]
    return notes


def apps_that_stay(services: Services, prompt: Version, alias: str) -> list[str]:
    """The app versions, under the same alias or else the latest, that pin another version of a prompt: they keep it."""
    versions = services.store.versions
    staying = []
    for app in versions.artifacts("app"):
        number = app.aliases.get(alias, app.latest)
        version = versions.get("app", app.name, number)
        if version is None:
            continue
        pin = AppSpec.model_validate(version.content).prompt
        if pin.name == prompt.name and pin.digest != prompt.digest:
            staying.append(f"app/{app.name}@{alias if alias in app.aliases else number}")
    return staying


def _named(version: Version) -> str:
    return f"{version.kind}/{version.name}@{version.number}"
