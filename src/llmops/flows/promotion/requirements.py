"""What a version needs before an alias may hold it: the rules in force, asked of the store."""

from collections.abc import Sequence
from datetime import datetime

from llmops.domain.artifact import Move, Version, same_person
from llmops.domain.promotion import PromotionRule, merge_rules
from llmops.domain.requirement import Requirement
from llmops.flows.promotion.evidence import check_suite
from llmops.flows.promotion.generations import check_generation
from llmops.flows.promotion.metrics import check_metrics
from llmops.flows.services import Services
from llmops.presentation.tables import align

APPROVALS = "approvals"
"""What the requirement of approvals is called."""


def check(services: Services, target: Version, alias: str, now: datetime) -> list[Requirement]:
    """Say of each requirement whether a version meets it. Asks no model and changes nothing."""
    rule = merge_rules(services.store.rules.in_force(), alias, target.kind, target.name)
    found = [_check_source(services, target, alias, rule.source)] if rule.source else []
    found += [check_suite(services, target, alias, suite, max_age=rule.max_age, now=now) for suite in rule.require]
    found += check_metrics(services.store, target, rule.metrics)
    found += check_generation(services, target)
    if rule.approvals:
        found.append(_check_approvals(services, target, alias, rule))
    return found


def layout(requirements: Sequence[Requirement]) -> list[str]:
    """The requirements as the lines of a table, with what to type for each that is not met."""
    rows = [[item.name, item.state, item.detail, "" if item.is_met else item.command] for item in requirements]
    return align(["requirement", "state", "because", "type"], rows)


def counted_approvals(services: Services, target: Version, alias: str) -> list[Move]:
    """The approvals of a version for an alias, without the author's."""
    author = target.origin.author
    given = services.store.aliases.approvals(target, alias)
    return [move for move in given if not author or not same_person(move.actor.name, author)]


def _check_source(services: Services, target: Version, alias: str, source: str) -> Requirement:
    held = services.store.aliases.get(target.kind, target.name, source)
    state = "met" if held and held.number == target.number else "not met"
    detail = f"{source} holds version {held.number}" if held else f"nothing holds {target.kind}/{target.name}@{source}"
    return Requirement(
        name=f"from {source}",
        state="met" if state == "met" else "not met",
        detail=detail if state == "met" else f"{detail}, and {alias} takes only what {source} holds",
        command="" if state == "met" else f"llmops promote {_named(target)} --to {source}",
    )


def _check_approvals(services: Services, target: Version, alias: str, rule: PromotionRule) -> Requirement:
    given = counted_approvals(services, target, alias)
    author = target.origin.author
    by = f": {', '.join(move.actor.name for move in given)}" if given else ""
    nobody = f"; not by its author, {author}" if author else "; its author is not known"
    return Requirement(
        name=APPROVALS,
        state="met" if len(given) >= rule.approvals else "not met",
        detail=f"{len(given)} of {rule.approvals}{by}{'' if len(given) >= rule.approvals else nobody}",
        command=f"llmops approve {_named(target)} --for {alias}",
    )


def _named(version: Version) -> str:
    return f"{version.kind}/{version.name}@{version.number}"
