"""What people do with alerts: acknowledge them (somebody looks at it), close them (it is dealt with)."""

from datetime import datetime

from llmops.core.errors import InputError
from llmops.domain.alert import Alert, AlertEvent, last_event
from llmops.domain.artifact import Actor
from llmops.storage.store import Store


def acknowledge(store: Store, alert_id: str, *, actor: Actor, reason: str, now: datetime) -> Alert:
    """Say that somebody looks at an alert: nobody is told of it again unless it spreads. Doing so twice changes nothing.

    Raises:
        NotFound: there is no such alert.
        InputError: it is closed.
    """

    def decide(alert: Alert) -> Alert:
        if alert.state == "closed":
            raise _closed(alert)
        if alert.state == "acknowledged":
            return alert
        event = AlertEvent(at=now, what="acknowledged", actor=actor, reason=reason)
        return alert.model_copy(update={"state": "acknowledged", "updated_at": now, "events": (*alert.events, event)})

    return store.alerts.change(alert_id, decide)


def close(store: Store, alert_id: str, *, actor: Actor, reason: str, now: datetime) -> Alert:
    """Say that an alert is dealt with.

    Its streams stay quiet until they were calm once, or changed again later than now.

    Raises:
        NotFound: there is no such alert.
        InputError: it is closed already.
    """

    def decide(alert: Alert) -> Alert:
        if alert.state == "closed":
            raise _closed(alert)
        return closed(alert, AlertEvent(at=now, what="closed", actor=actor, reason=reason))

    return store.alerts.change(alert_id, decide)


def closed(alert: Alert, event: AlertEvent) -> Alert:
    """The alert, closed by an event."""
    changes = {"state": "closed", "updated_at": event.at, "closed_at": event.at, "events": (*alert.events, event)}
    return alert.model_copy(update=changes)


def _closed(alert: Alert) -> InputError:
    event = last_event(alert, ("closed",))
    by = f" by {event.actor.name}" if event else ""
    return InputError(
        f"{alert.id} was closed{by} at {alert.closed_at:%Y-%m-%d %H:%M} UTC",
        hint="What is open: llmops alerts list",
    )
