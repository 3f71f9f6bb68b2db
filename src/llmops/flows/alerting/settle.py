"""Settle an evaluation of a monitor: alerts opened, updated and closed, people told, an alias rolled back where that is promised.

What is decided and that somebody is to be told of it are written in one transaction, so that a process that is killed leaves
either both or nothing; the rollback and its notice likewise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from llmops.core.names import new_id
from llmops.domain.alert import Alert, AlertWord, Status, stream_of
from llmops.domain.artifact import Move
from llmops.domain.hook import Delivery
from llmops.flows.alerting.explaining import Explained, Measure, explain, plain_value
from llmops.flows.alerting.merging import REMEMBERED, Seen, merge
from llmops.flows.alerting.notices import deliver, queue
from llmops.flows.alerting.undoing import RollbackRule, Undone, undo, would_undo
from llmops.flows.alerting.witnessing import Vectors, no_vectors
from llmops.flows.courier import Clock
from llmops.flows.hooks import fire, moved
from llmops.flows.services import Services


@dataclass(frozen=True, slots=True)
class Watched:
    """What of a monitor its alerts depend on: the app and the alias that it watches, whom it tells, and what it may roll back.

    `alias` is empty where moves of any alias of the app count as causes. `notify` are names of connections.
    """

    monitor: str
    app: str
    alias: str = ""
    notify: Sequence[str] = ()
    rollbacks: Sequence[RollbackRule] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of it: alerts with what happened to them, rollbacks done or refused, and notices that were tried.

    After a dry run it is what would have come of it.
    """

    told: Sequence[tuple[Alert, AlertWord]]
    undone: Sequence[Undone] = field(default=())
    notices: Sequence[Delivery] = field(default=())


def settle(
    services: Services,
    watched: Watched,
    statuses: Sequence[Status],
    *,
    now: datetime,
    measure: Measure = plain_value,
    vectors: Vectors = no_vectors,
    dry_run: bool = False,
) -> Settled:
    """Bring the alerts of a monitor up to date with one evaluation.

    Args:
        services: the workspace.
        watched: what the monitor is about.
        statuses: all of its streams, as they are now.
        now: when.
        measure: the value of a signal for an interaction, to say what explains a shift and to choose examples.
        vectors: those of a signal for interactions, to choose examples where there are no values.
        dry_run: whether to write nothing, tell nobody and move nothing.
    """
    store = services.store
    seen = Seen(
        watched.monitor,
        watched.app,
        now,
        [stream_of(status, now) for status in statuses if status.state == "drift"],
        [stream_of(status, now) for status in statuses if status.state == "ok"],
        _moves(services, watched),
    )
    closed_since = now - REMEMBERED
    drafted = merge(store.alerts.known(watched.monitor, closed_since), seen, lambda: new_id("alr"))
    reasons = {
        alert.cause: explain(store, alert, seen.moves, measure, vectors)
        for alert, word in drafted.told
        if word != "closed"
    }
    if dry_run:
        told = [(_explained(alert, reasons), word) for alert, word in drafted.told]
        rules = [(alert, rule) for alert in drafted.changed for rule in watched.rollbacks]
        found = [would_undo(services, alert, rule, now) for alert, rule in rules]
        return Settled(told, [undone for undone in found if undone is not None])
    told = []

    def decide(known: list[Alert]) -> list[Alert]:
        merged = merge(known, seen, lambda: new_id("alr"))
        told.extend((_explained(alert, reasons), word) for alert, word in merged.told)
        for one in told:
            queue(services, watched.notify, one, actor=seen.actor, now=now)
        better = {alert.id: alert for alert, _ in told}
        return [better.get(alert.id, alert) for alert in merged.changed]

    kept = store.alerts.settle(watched.monitor, closed_since, decide)
    undone = _undo(services, watched, kept, seen)
    return Settled(told, undone, deliver(services, clock=Clock(now=lambda: now)))


def _moves(services: Services, watched: Watched) -> list[Move]:
    if not watched.app:
        return []
    return services.store.aliases.history("app", watched.app, watched.alias or None)


def _explained(alert: Alert, reasons: Mapping[str, Explained]) -> Alert:
    reason = reasons.get(alert.cause)
    if reason is None:
        return alert
    return alert.model_copy(
        update={"changes": reason.changes, "examples": reason.examples, "findings": reason.findings}
    )


def _undo(services: Services, watched: Watched, alerts: Sequence[Alert], seen: Seen) -> list[Undone]:
    """Apply the rules to the alerts; each rollback is a transaction of its own."""
    done: list[Undone] = []

    def tell(alert: Alert, word: AlertWord) -> None:
        queue(services, watched.notify, (alert, word), actor=seen.actor, now=seen.now)

    for alert in alerts:
        for rule in watched.rollbacks:
            undone = undo(services, alert, rule, actor=seen.actor, now=seen.now, tell=tell)
            if undone is not None:
                done.append(undone)
                fire(services, moved(undone.move, seen.now))
    return done
