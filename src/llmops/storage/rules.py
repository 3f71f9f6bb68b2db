"""The rules of promotion in force: the last `rule` row of the history says what they are, so they cannot be changed unseen.

While the rules in force ask for approvals, others are proposed first (a `propose` row). They take effect with the approval
that completes as many people, other than the proposer, as the rules in force ask for anywhere. An approval is for exactly
the proposal that it follows; of another one it says nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from llmops.core.errors import Conflict, InputError
from llmops.core.hashing import Json
from llmops.domain.artifact import Action, Actor, Move, MoveRecord, same_person
from llmops.domain.promotion import PendingRules, PromotionRule, RuleKey, Rules, digest_rules, read_rules, write_rules
from llmops.storage.engine import Database
from llmops.storage.history import Entry, append, find
from llmops.storage.tables.registry import MOVES

_M: Final = MOVES.c


class RuleRepository:
    """Reads and changes the rules of promotion."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def in_force(self) -> dict[RuleKey, PromotionRule]:
        """The rules that hold now."""
        with self._database.read() as connection:
            return _in_force(connection)

    def sequence(self) -> int:
        """The row of the history that put them in force; 0 where there never were any."""
        with self._database.read() as connection:
            return _sequence(connection)

    def pending(self) -> PendingRules | None:
        """The rules that wait for approval."""
        with self._database.read() as connection:
            return _pending(connection)

    def change(self, rules: Rules, *, actor: Actor, reason: str, now: datetime, expected_sequence: int) -> Move | None:
        """Replace the rules in force, at once or, where those ask for approvals, once enough people have approved.

        What waited before no longer does; the rules in force given again thereby withdraw it. What waits already goes on
        waiting, with its approvals.

        Args:
            rules: the whole set.
            actor: who does it.
            reason: why.
            now: when.
            expected_sequence: what `sequence` said when the caller looked at the rules in force.

        Returns a row `rule` (they hold), a row `propose` (they wait, or were withdrawn), or None: nothing had to change.

        Raises:
            Conflict: the rules in force were changed meanwhile.
        """
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            if _sequence(connection) != expected_sequence:
                raise Conflict(
                    "the rules of promotion were changed by somebody else meanwhile", hint="Look again, then repeat."
                )
            before, waiting, wanted = _in_force(connection), _pending(connection), digest_rules(rules)
            if wanted == (waiting.digest if waiting else digest_rules(before)):
                return None
            waits = waiting is not None or approvals_for_change(before) > 0
            return append(connection, _entry("propose" if waits else "rule", before, rules, actor, reason, now))

    def approve_pending(self, digest: str, *, actor: Actor, reason: str, now: datetime) -> Move:
        """Approve the rules that wait; `digest` is theirs, as the actor has seen them.

        Whoever has approved them already gets the row of then, and nothing is written.

        Returns the row `approve`, or the row `rule` if that was the last approval needed and they hold now.

        Raises:
            InputError: the actor proposed them.
            Conflict: other rules wait by now, or none.
        """
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            waiting = _pending(connection)
            if waiting is None or waiting.digest != digest:
                found = "other rules wait" if waiting else "no rules wait"
                raise Conflict(f"{found} for approval by now", hint="Look at what waits: llmops approve")
            if same_person(waiting.proposer.name, actor.name):
                raise InputError(
                    f"{actor.name} proposed these rules and cannot approve them",
                    hint="Somebody else must approve them.",
                )
            for given in waiting.approvals:
                if same_person(given.actor.name, actor.name):
                    return given
            about = _about(waiting.before, waiting.rules)
            entry = Entry(action="approve", alias=about, to_digest=digest, actor=actor, reason=reason, at=now)
            approval = append(connection, entry)
            if waiting.missing > 1:
                return approval
            names = [move.actor.name for move in (*waiting.approvals, approval)]
            by = waiting.proposer
            rule = _entry("rule", waiting.before, waiting.rules, by, waiting.reason, now, {"approved_by": names})
            return append(connection, rule)


def approvals_for_change(rules: Rules) -> int:
    """How many people besides the proposer must approve before these rules give way to others: the most they ask for."""
    return max((rule.approvals for rule in rules.values()), default=0)


def _entry(
    action: Action,
    before: Rules,
    after: Rules,
    actor: Actor,
    reason: str,
    now: datetime,
    more: Mapping[str, Json] | None = None,
) -> Entry:
    details = {"before": write_rules(before), "after": write_rules(after), **(more or {})}
    return Entry(
        action=action,
        alias=_about(before, after),
        to_digest=digest_rules(after),
        actor=actor,
        reason=reason,
        at=now,
        record=MoveRecord(details=details),
    )


def _about(before: Rules, after: Rules) -> str:
    """The aliases whose rules differ."""
    one, two = write_rules(before), write_rules(after)
    return ", ".join(sorted(alias for alias in one.keys() | two.keys() if one.get(alias) != two.get(alias)))


def _in_force(connection: Connection) -> dict[RuleKey, PromotionRule]:
    row = _last(connection, "rule")
    return read_rules(row.details["after"]) if row else {}


def _sequence(connection: Connection) -> int:
    row = _last(connection, "rule")
    return row.sequence if row else 0


def _pending(connection: Connection) -> PendingRules | None:
    proposal = _last(connection, "propose")
    if proposal is None or proposal.sequence < _sequence(connection):
        return None
    before, after = read_rules(proposal.details["before"]), read_rules(proposal.details["after"])
    if digest_rules(before) == digest_rules(after):
        return None  # that withdrew what had waited
    query = select(MOVES).where(_M.action == "approve", _M.kind == "", _M.sequence > proposal.sequence)
    return PendingRules(
        rules=after,
        before=before,
        digest=proposal.to_digest or "",
        sequence=proposal.sequence,
        proposer=proposal.actor,
        reason=proposal.reason,
        at=proposal.at,
        needed=approvals_for_change(before),
        approvals=tuple(find(connection, query.order_by(_M.sequence))),
    )


def _last(connection: Connection, action: Action) -> Move | None:
    query = select(MOVES).where(_M.action == action).order_by(_M.sequence.desc()).limit(1)
    found = find(connection, query)
    return found[0] if found else None
