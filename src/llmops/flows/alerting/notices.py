"""Tell people of alerts: stored first, then delivered; what cannot be delivered waits for the next run.

A notice is a delivery like those of hooks, in the same queue and log, under the name `notify:CONNECTION`. Quiet hours and rates
only say when it is due.
"""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from llmops.backends.notifiers import open_notifier
from llmops.core.errors import LlmopsError
from llmops.core.names import new_id
from llmops.core.notice_settings import read_at_most, read_quiet
from llmops.core.settings import seconds
from llmops.domain.alert import Alert, AlertWord
from llmops.domain.artifact import Actor
from llmops.domain.hook import Delivery, Event
from llmops.flows.courier import Clock, Round
from llmops.flows.hooks import deliver as deliver_to_hooks
from llmops.flows.services import Services
from llmops.presentation.cleaning import clean

PREFIX: Final = "notify:"
_LOG: Final = logging.getLogger("llmops.alerts")


def queue(
    services: Services, connections: Sequence[str], told: tuple[Alert, AlertWord], *, actor: Actor, now: datetime
) -> list[Delivery]:
    """Queue a notice for each connection, and for each hook on alerts; part of the running transaction."""
    alert, word = told
    event = Event(
        id=f"evt-{alert.id}-{len(alert.events)}",
        type="alert",
        at=now,
        actor=actor,
        subject={**alert.as_json(), "what": word, "text": text_of(alert, word)},
    )
    hooks = [name for name, hook in services.settings.hooks.items() if "alert" in hook.on]
    receivers = [*dict.fromkeys(f"{PREFIX}{name}" for name in connections), *hooks]
    deliveries = [
        Delivery(
            id=new_id("dlv"),
            event_id=event.id,
            event="alert",
            hook=receiver,
            body=event.body(),
            created_at=now,
            due_at=_due(services, receiver, now),
        )
        for receiver in receivers
    ]
    services.store.deliveries.add(deliveries, now)
    return deliveries


def text_of(alert: Alert, word: AlertWord) -> str:
    """What people read: what drifted, what changed before, what to type."""
    lines = [f"{word}, since {alert.since:%Y-%m-%d %H:%M} UTC"]
    for stream in alert.streams:
        if stream.drifting or word == "closed":
            means = (
                ""
                if stream.current is None or stream.reference is None
                else (f": {stream.current:.4g}, before {stream.reference:.4g}")
            )
            lines.append(f"- {stream.name}{means}")
    lines += [f"changed before: {change.what}" for change in alert.changes]
    event = alert.events[-1] if alert.events else None
    if event is not None and event.reason:
        lines.append(event.reason)
    lines += [f"llmops alerts show {alert.id}", *(alert.commands[:1] if alert.ref else [])]
    return clean("\n".join(dict.fromkeys(lines)))


def deliver(services: Services, *, clock: Clock | None = None) -> list[Delivery]:
    """Try the notices that are due, each connection by itself; returns those tried, as they ended.

    A connection that cannot be opened keeps its notices waiting, and the log says why.
    """
    clock = clock or Clock()
    rounds = due_rounds(services, clock)
    if services.settings.hooks:
        services.courier().wake()
    if not rounds:
        return []
    with ThreadPoolExecutor(max_workers=len(rounds), thread_name_prefix="llmops-notify") as pool:
        try:
            return [tried for turn in [pool.submit(one.run) for one in rounds] for tried in turn.result()]
        except KeyboardInterrupt:
            for one in rounds:
                one.sender.cancel()
            raise


def due_rounds(services: Services, clock: Clock) -> list[Round]:
    """A turn of each connection that has notices due and can be opened; of others the log says why."""
    deliveries, connections, rounds = services.store.deliveries, services.settings.connections, []
    for receiver in sorted(deliveries.count("pending")):
        due = deliveries.next_due(receiver) if receiver.startswith(PREFIX) else None
        if due is None or due > clock.now():
            continue
        name = receiver.removeprefix(PREFIX)
        try:
            sender = open_notifier(name, connections, services.root, os.environ)
        except LlmopsError as error:
            _LOG.warning("notices to %s wait: %s", name, error.message)
            continue
        rounds.append(Round(receiver, sender, seconds(connections[name].timeout), deliveries, clock))
    return rounds


def retry(services: Services, ids: Sequence[str] | None = None, *, clock: Clock | None = None) -> list[Delivery]:
    """Try deliveries now, those to hooks and notices of alerts, quiet hours or not; see `hooks.deliver`."""
    return deliver_to_hooks(services, ids, clock=clock, further=due_rounds)


def _due(services: Services, receiver: str, now: datetime) -> datetime:
    """When a notice may go: not in quiet hours, and not more often than is wanted."""
    connection = services.settings.connections.get(receiver.removeprefix(PREFIX))
    if connection is None or not receiver.startswith(PREFIX):
        return now
    due = now
    if connection.at_most:
        rate = read_at_most(connection.at_most)
        latest = services.store.deliveries.latest(hook=receiver, limit=rate.most)
        went = sorted(delivery.ended_at or delivery.due_at for delivery in latest)
        if len(went) == rate.most:
            due = max(now, went[0] + rate.span)
    return read_quiet(connection.quiet).end_after(due) if connection.quiet else due
