"""The rules of promotion: written in `llmops.toml`, in force once they are in the store.

What decides is the store, so that nobody lowers a rule in the same breath in which it stands in the way: a change takes
effect by `llmops register`, as a row of the history, and waits while the rules in force ask for approvals.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from llmops.core.errors import Conflict
from llmops.core.hashing import canonical_json
from llmops.core.settings import FILE, Settings
from llmops.domain.artifact import Actor
from llmops.domain.promotion import PromotionRule, RuleKey, Rules, digest_rules, write_rules
from llmops.presentation.figures import count
from llmops.storage.store import Store


def written_rules(settings: Settings) -> dict[RuleKey, PromotionRule] | None:
    """The rules in `llmops.toml`; None where it says nothing about aliases, which is not the same as no rules."""
    if settings.aliases is None:
        return None
    return {
        RuleKey(alias, pattern): PromotionRule.model_validate(rule.model_dump(by_alias=True, exclude_unset=True))
        for alias, patterns in settings.aliases.items()
        for pattern, rule in patterns.items()
    }


def differ_from_store(store: Store, settings: Settings) -> bool:
    """Whether `llmops.toml` has other rules than those in force."""
    written = written_rules(settings)
    return written is not None and digest_rules(written) != digest_rules(store.rules.in_force())


def apply_rules(store: Store, settings: Settings, *, actor: Callable[[], Actor], now: datetime) -> str:
    """Put the rules of `llmops.toml` in force, or let them wait for approval; returns what there is to say about it.

    Args:
        store: where they are in force.
        settings: the workspace's.
        actor: says who changes them; asked only if the file has any.
        now: the time.

    Raises:
        Conflict: somebody else changes them to something different at the same time.
    """
    wanted = written_rules(settings)
    if wanted is None:
        return ""
    rules = store.rules
    sequence = rules.sequence()
    before = rules.in_force()
    reason = f"{FILE}: {'; '.join(_changes(before, wanted)) or 'as before'}"
    try:
        row = rules.change(wanted, actor=actor(), reason=reason, now=now, expected_sequence=sequence)
    except Conflict:
        if differ_from_store(store, settings):
            raise
        return ""
    if row is not None and row.action == "rule":
        return "\n".join(["Rules of promotion now in force:", *describe_change(before, wanted)])
    waiting = rules.pending()
    if waiting is not None:
        told = "wait" if row is not None else "still wait"
        needed = f"{count(waiting.missing, 'approval')} by someone other than {waiting.proposer.name}"
        lines = describe_change(waiting.before, waiting.rules)
        return "\n".join([f"These rules of promotion {told} for {needed}: llmops approve --rules", *lines])
    return "The rules of promotion that waited for approval are withdrawn." if row is not None else ""


def describe_change(before: Rules, after: Rules) -> list[str]:
    """Say key by key what changes, one line each."""
    return [f"  {line}" for line in _changes(before, after)] or ["  none"]


def _changes(before: Rules, after: Rules) -> Iterator[str]:
    old, new = _flat(before), _flat(after)
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield f"{key}: {old.get(key, 'not set')} → {new.get(key, 'not set')}"


def _flat(rules: Rules) -> dict[str, str]:
    return {
        " ".join(filter(None, (alias, pattern, key))): canonical_json(value).decode()
        for alias, patterns in write_rules(rules).items()
        for pattern, rule in patterns.items()
        for key, value in rule.items()
    }
