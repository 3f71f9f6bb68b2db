"""Approvals: who may give them, and what waits for nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from llmops.core.errors import CheckFailed, InputError
from llmops.core.names import Ref
from llmops.domain.artifact import Actor, Artifact, Move, Version, same_person
from llmops.domain.promotion import PromotionRule, merge_rules
from llmops.flows.promotion.evidence import EVALUATED
from llmops.flows.promotion.requirements import APPROVALS, check, counted_approvals
from llmops.flows.services import Services
from llmops.registry.aliases import version_to_hold


@dataclass(frozen=True, slots=True)
class Approval:
    """Who has approved a version for an alias by now, and how many must have."""

    target: Version
    alias: str
    move: Move
    given: Sequence[str]
    needed: int

    @property
    def missing(self) -> int:
        """How many more people must approve."""
        return max(0, self.needed - len(self.given))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that lacks nothing but approvals."""

    target: Version
    alias: str
    given: Sequence[str]
    needed: int


def approve(services: Services, ref: Ref, alias: str, *, actor: Actor, reason: str, now: datetime) -> Approval:
    """Approve a version for an alias; the same person twice counts once.

    Raises:
        CheckFailed: the actor is the author.
        InputError: the ref is no registered version, or the alias asks for no approvals.
    """
    target = version_to_hold(services.registry, ref, alias)
    named = f"{target.kind}/{target.name}@{target.number}"
    rule = merge_rules(services.store.rules.in_force(), alias, target.kind, target.name)
    if not rule.approvals:
        raise InputError(
            f"{alias} asks for no approvals of {target.kind}/{target.name}",
            hint=f"Promote it: llmops promote {named} --to {alias}",
        )
    author = target.origin.author
    if author and same_person(actor.name, author):
        raise CheckFailed(
            f"{actor.name} is the author of {named} and cannot approve it",
            hint=f"Somebody else types: llmops approve {named} --for {alias}",
        )
    row = services.store.aliases.approve(target, alias, actor=actor, reason=reason, now=now)
    return Approval(target, alias, row, _names(counted_approvals(services, target, alias)), rule.approvals)


def approve_rules(services: Services, *, actor: Actor, reason: str, now: datetime) -> Move:
    """Approve the rules that wait; returns the row `rule` if they hold now, else the row `approve`.

    Raises:
        InputError: no rules wait, or the actor proposed them.
    """
    waiting = services.store.rules.pending()
    if waiting is None:
        raise InputError("no rules of promotion wait for approval", hint="llmops approve lists what does.")
    return services.store.rules.approve_pending(waiting.digest, actor=actor, reason=reason, now=now)


def find_waiting(services: Services, now: datetime) -> list[Waiting]:
    """The versions that an alias could take next and that lack only approvals.

    Of each artifact that is the version which the alias that it comes `from` holds, else the latest; and only where somebody
    has begun: a suite has passed it, somebody has approved it, or the alias holds an earlier version.
    """
    rules = services.store.rules.in_force()
    aliases = sorted({key.alias for key in rules})
    found: list[Waiting] = []
    for artifact in services.store.versions.artifacts():
        for alias in aliases:
            rule = merge_rules(rules, alias, artifact.kind, artifact.name)
            found += _waiting(services, artifact, alias, rule, now) if rule.approvals else ()
    return found


def _waiting(
    services: Services, artifact: Artifact, alias: str, rule: PromotionRule, now: datetime
) -> Iterator[Waiting]:
    number = artifact.aliases.get(rule.source) if rule.source else artifact.latest
    if number is None or artifact.aliases.get(alias) == number:
        return
    target = services.store.versions.get(artifact.kind, artifact.name, number)
    if target is None:
        return
    given = counted_approvals(services, target, alias)
    is_evaluated = bool(rule.require) and target.kind in EVALUATED
    has_begun = bool(rule.source) or is_evaluated or bool(given) or alias in artifact.aliases
    if len(given) >= rule.approvals or not has_begun:
        return
    if all(item.is_met or item.name == APPROVALS for item in check(services, target, alias, now)):
        yield Waiting(target, alias, _names(given), rule.approvals)


def _names(rows: Sequence[Move]) -> list[str]:
    return [row.actor.name for row in rows]
