"""What becomes of the alerts of a monitor with its next evaluation; decides and writes nothing.

A stream that is part of an alert which is not closed stays with it. What is new joins the alert of its cause, or that of a
stream that changed with it, else it opens one. An alert closes by itself when all of its streams are calm.

What somebody closed stays quiet: a stream of it counts again once it was calm, or when it has changed anew since the closing.
What comes back within a day reopens its alert.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from llmops.core.hashing import Json
from llmops.domain.alert import Alert, AlertEvent, AlertWord, Stream, last_event
from llmops.domain.artifact import Actor, Move
from llmops.flows.alerting.causes import Cause, find_causes
from llmops.flows.alerting.lifecycle import closed

REOPENS: Final = timedelta(hours=24)
REMEMBERED: Final = timedelta(days=30)  # how long what was closed may keep a stream quiet
MONITOR: Final = "monitor"  # the source of who acts for a monitor


@dataclass(frozen=True, slots=True)
class Seen:
    """One evaluation of a monitor: the streams that drift, those that are calm, and the moves that may have caused it."""

    monitor: str
    app: str
    now: datetime
    drifting: Sequence[Stream]
    calm: Sequence[Stream]
    moves: Sequence[Move]

    @property
    def actor(self) -> Actor:
        """Who opens and closes alerts for the monitor."""
        return Actor(name=f"monitor {self.monitor}", source=MONITOR)


class Merged(NamedTuple):
    """The alerts that are new or changed, and those of which somebody should hear, with what happened."""

    changed: list[Alert]
    told: list[tuple[Alert, AlertWord]]


def merge(known: Sequence[Alert], seen: Seen, new_id: Callable[[], str]) -> Merged:
    """Apply an evaluation to the alerts of its monitor: those that are not closed, or were closed lately."""
    alerts = {alert.id: _refreshed(alert, seen) for alert in known}
    homes = {stream.key: alert.id for alert in alerts.values() if alert.state != "closed" for stream in alert.streams}
    counting = [stream for stream in seen.drifting if stream.key in homes or not _is_quiet(stream, alerts.values())]
    words: dict[str, AlertWord] = {}
    for cause in find_causes(counting, seen.moves):
        new = tuple(stream for stream in cause.streams if stream.key not in homes)
        if not new:
            continue
        fresh = cause._replace(streams=new, since=min(stream.since for stream in new))
        alert, word = _placed(fresh, _home(cause, alerts, homes), alerts.values(), seen, new_id)
        alerts[alert.id] = alert
        words.setdefault(alert.id, word)
        homes |= {stream.key: alert.id for stream in alert.streams}
    for alert in list(alerts.values()):
        if alert.state != "closed" and not any(stream.drifting for stream in alert.streams):
            event = AlertEvent(at=seen.now, what="closed", actor=seen.actor, reason="all signals are calm again")
            alerts[alert.id] = closed(alert, event)
            words[alert.id] = "closed"
    before = {alert.id: alert for alert in known}
    changed = [alert for alert in alerts.values() if before.get(alert.id) != alert]
    return Merged(changed, [(alert, words[alert.id]) for alert in changed if alert.id in words])


def _refreshed(alert: Alert, seen: Seen) -> Alert:
    """The alert with its streams as they are now. One that is closed only learns which of its streams are calm."""
    now = {stream.key: stream for stream in seen.drifting}
    calm = {stream.key: stream for stream in seen.calm}
    streams = []
    for stream in alert.streams:
        if stream.key in calm:
            update = calm[stream.key].model_dump(include={"statistic", "observations", "current", "note"})
            streams.append(stream.model_copy(update={**update, "drifting": False}))
        elif alert.state != "closed":
            streams.append(now.get(stream.key, stream))
        else:
            streams.append(stream)
    if alert.state == "closed":
        return alert.model_copy(update={"streams": tuple(streams)})
    until = seen.now if any(stream.key in now for stream in alert.streams) else alert.until
    return alert.model_copy(update={"streams": tuple(streams), "until": until, "updated_at": seen.now})


def _is_quiet(stream: Stream, alerts: Iterable[Alert]) -> bool:
    """Whether somebody closed an alert of this stream, and it has neither been calm nor changed anew since."""
    for alert in alerts:
        event = last_event(alert, ("closed",))
        if alert.state != "closed" or event is None or event.actor.source == MONITOR:
            continue
        if any(old.key == stream.key and old.drifting for old in alert.streams) and stream.since <= event.at:
            return True
    return False


def _home(cause: Cause, alerts: dict[str, Alert], homes: dict[tuple[str, str, str], str]) -> Alert | None:
    """The alert, not closed, that streams of a cause belong to."""
    for alert in alerts.values():
        if alert.state != "closed" and alert.cause == cause.key:
            return alert
    return next((alerts[homes[stream.key]] for stream in cause.streams if stream.key in homes), None)


def _placed(
    cause: Cause, home: Alert | None, alerts: Iterable[Alert], seen: Seen, new_id: Callable[[], str]
) -> tuple[Alert, AlertWord]:
    names = ", ".join(stream.name for stream in cause.streams)
    if home is not None:
        event = AlertEvent(at=seen.now, what="updated", actor=seen.actor, reason=f"it spread to {names}")
        update = {"since": min(home.since, cause.since), "until": seen.now, "updated_at": seen.now}
        return _with(home, cause, event).model_copy(update=update), "updated"
    old = _to_reopen(cause, alerts, seen.now)
    if old is not None:
        event = AlertEvent(at=seen.now, what="reopened", actor=seen.actor, reason=f"{names} drifted again")
        again: dict[str, Json] = {"state": "open", "closed_at": None, "since": cause.since}
        again |= {"until": seen.now, "updated_at": seen.now}
        return _refreshed(_with(old, cause, event).model_copy(update=again), seen), "reopened"
    opened = Alert(
        id=new_id(),
        monitor=seen.monitor,
        app=seen.app,
        cause=cause.key,
        opened_at=seen.now,
        updated_at=seen.now,
        since=cause.since,
        until=seen.now,
        ref=cause.ref,
        move=cause.move.sequence if cause.move is not None else None,
        streams=cause.streams,
        events=(AlertEvent(at=seen.now, what="opened", actor=seen.actor),),
    )
    return opened, "opened"


def _with(alert: Alert, cause: Cause, event: AlertEvent) -> Alert:
    streams = {stream.key: stream for stream in (*alert.streams, *cause.streams)}
    return alert.model_copy(update={"streams": tuple(streams.values()), "events": (*alert.events, event)})


def _to_reopen(cause: Cause, alerts: Iterable[Alert], now: datetime) -> Alert | None:
    """The alert closed last, within a day, of the same cause or of one of its streams."""
    keys = {stream.key for stream in cause.streams}
    lately = [
        alert
        for alert in alerts
        if alert.closed_at is not None
        and alert.closed_at >= now - REOPENS
        and (alert.cause == cause.key or keys & {stream.key for stream in alert.streams})
    ]
    return max(lately, key=lambda alert: (alert.closed_at or now, alert.id), default=None)
