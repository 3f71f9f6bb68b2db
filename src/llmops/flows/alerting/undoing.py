"""Undo the move of an alias that an alert follows: at most once a move, never of a rollback, and only what was promised.

Everything is looked at and done in one transaction under the lock of the history: whoever promotes or rolls back meanwhile is
either before, and then the alert's move is no longer what the alias rests on, or after.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import parse_ref
from llmops.domain.alert import Alert, AlertEvent, AlertWord, Stream, last_event
from llmops.domain.artifact import Actor, Move
from llmops.flows.services import Services
from llmops.registry.aliases import roll_back
from llmops.registry.stands import HOLDING

_ROUNDING: Final = 1e-9

Tell: TypeAlias = Callable[[Alert, AlertWord], object]


@dataclass(frozen=True, slots=True)
class RollbackRule:
    """When an alias is rolled back: an alert follows its move `within` so long, and the chance of a false one is this small."""

    ref: str
    within: timedelta
    false_action: float


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of a rule: the alert with what happened to it, and the row of the history (None: nothing moved)."""

    alert: Alert
    said: str
    move: Move | None = None


def undo(
    services: Services, alert: Alert, rule: RollbackRule, *, actor: Actor, now: datetime, tell: Tell
) -> Undone | None:
    """Roll an alias back if an alert gives reason to.

    None where the rule is not about this alert or its statistic has not got that far; else what was done, or why nothing was.

    Args:
        services: the workspace.
        alert: as it is stored.
        rule: when to act.
        actor: in whose name.
        now: when.
        tell: queues a notice of it, as part of the same transaction.
    """
    if not _is_about(alert, rule):
        return None
    done: list[Undone] = []

    def decide(current: Alert) -> Alert:
        stream = _evidence(current, rule)
        if stream is None or not _is_about(current, rule):
            return current
        against = _against(services, current, rule, now)
        if not against:
            try:
                move = roll_back(
                    services.registry,
                    parse_ref(rule.ref),
                    actor=actor,
                    reason=_reason(current, stream, rule),
                    now=now,
                    details={"alert": _told(current, stream, rule)},
                )
            except InputError as error:
                against = error.message
        if against:
            refused = _refused(current, against, actor, now)
            done.append(refused)
            if refused.alert != current:
                tell(refused.alert, "not rolled back")
            return refused.alert
        said = f"{current.ref} is back at version {move.to_number} (was {move.from_number})"
        after = _with_event(current, AlertEvent(at=now, what="rolled back", actor=actor, reason=said))
        done.append(Undone(after, said, move))
        tell(after, "rolled back")
        return after

    services.store.alerts.change(alert.id, decide)
    return done[0] if done else None


def would_undo(services: Services, alert: Alert, rule: RollbackRule, now: datetime) -> Undone | None:
    """What `undo` would do now, for an alert that need not be stored."""
    stream = _evidence(alert, rule)
    if not _is_about(alert, rule) or stream is None:
        return None
    against = _against(services, alert, rule, now)
    if against:
        return Undone(alert, f"{alert.ref} would not be rolled back: {against}")
    return Undone(alert, f"{alert.ref} would be rolled back: {_reason(alert, stream, rule)}")


def _is_about(alert: Alert, rule: RollbackRule) -> bool:
    """Whether a rule may act on an alert: it follows a move of that alias, which was not undone for it already."""
    follows = alert.move is not None and alert.ref == str(parse_ref(rule.ref))
    return follows and alert.state != "closed" and last_event(alert, ("rolled back",)) is None


def _reason(alert: Alert, stream: Stream, rule: RollbackRule) -> str:
    evidence = f"{stream.statistic:,.4g} against {stream.threshold:,.4g} for a false_action of {rule.false_action:g}"
    return f"{alert.id}: {stream.name} drifted, {evidence}"


def _evidence(alert: Alert, rule: RollbackRule) -> Stream | None:
    """The stream that speaks most strongly for acting, with a promise at least as strict as the rule's.

    A monitor shares the chance of a false action among its streams, so their thresholds are higher than 1 / `false_action`.
    """
    enough = [
        stream
        for stream in alert.streams
        if stream.drifting
        and stream.promise == "pfa"
        and stream.statistic >= stream.threshold
        and stream.threshold * (1 + _ROUNDING) >= 1 / rule.false_action
    ]
    return max(enough, key=lambda stream: stream.statistic / stream.threshold, default=None)


def _against(services: Services, alert: Alert, rule: RollbackRule, now: datetime) -> str:
    """Why an alias is not rolled back; empty where nothing speaks against it."""
    ref = parse_ref(rule.ref)
    history = services.store.aliases.history(ref.kind, ref.name, ref.alias)
    last = next((row for row in reversed(history) if row.action in HOLDING), None)
    followed = next((row for row in history if row.sequence == alert.move), None)
    held = services.store.aliases.get(ref.kind, ref.name, ref.alias or "")
    if last is None or followed is None:
        return f"{alert.ref} has no row {alert.move} in the history"
    if followed.action == "rollback":
        return f"what it follows is a rollback already (row {followed.sequence} of the history)"
    if followed.action != "move":
        return f"what it follows is a trial ({followed.action}, row {followed.sequence} of the history)"
    if last.sequence != followed.sequence:
        return f"{alert.ref} has moved since, to version {last.to_number} (row {last.sequence} of the history)"
    if held is not None and held.candidate is not None:
        return f"{alert.ref} tries out {held.candidate}"
    if now - followed.at > rule.within:
        return f"{alert.ref} moved at {followed.at:%Y-%m-%d %H:%M} UTC, longer ago than {_duration(rule.within)}"
    return ""


def _refused(alert: Alert, against: str, actor: Actor, now: datetime) -> Undone:
    """The alert with the reason, which is kept once."""
    said = f"{alert.ref} is not rolled back: {against}"
    if any(event.what == "not rolled back" and event.reason == against for event in alert.events):
        return Undone(alert, said)
    return Undone(_with_event(alert, AlertEvent(at=now, what="not rolled back", actor=actor, reason=against)), said)


def _told(alert: Alert, stream: Stream, rule: RollbackRule) -> dict[str, Json]:
    """What the history keeps of the evidence."""
    return {
        "id": alert.id,
        "monitor": alert.monitor,
        "undoes": alert.move,
        "signal": stream.signal,
        "segment": stream.segment,
        "statistic": stream.statistic,
        "threshold": stream.threshold,
        "false_action": rule.false_action,
        "promise": stream.promise,
        "observations": stream.observations,
        "reference": stream.reference,
        "current": stream.current,
        "since": stream.since.isoformat(),
    }


def _with_event(alert: Alert, event: AlertEvent) -> Alert:
    return alert.model_copy(update={"updated_at": event.at, "events": (*alert.events, event)})


def _duration(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} hours" if hours != 1 else "an hour"
