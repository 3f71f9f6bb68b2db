"""Tell hooks what happened: an event becomes one delivery for each hook that wants it, and the courier takes them there.

`fire` is called once the operation is done and stored. It never undoes or delays it: what cannot be queued is said in the
log, and what cannot be delivered waits in the store.
"""

import json
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Final

from llmops.core.errors import InputError, LlmopsError
from llmops.core.hashing import Json
from llmops.core.hook_settings import EventType
from llmops.core.names import new_id
from llmops.core.settings import seconds
from llmops.domain.artifact import Actor, Move
from llmops.domain.hook import Delivery, Event
from llmops.flows.courier import Clock, Round, open_sender
from llmops.flows.services import Services
from llmops.registry.aliases import find_actor
from llmops.registry.artifacts import Registered

if TYPE_CHECKING:
    from llmops.domain.report import Report

MOST_VERSIONS: Final = 1000  # listed in one event

_LOG: Final = logging.getLogger("llmops.hooks")
_MOVE: Final = {"kind", "name", "alias", "action", "from_number", "to_number", "to_digest", "weight", "reason"}
_AUDIT: Final = {"forced", "evidence", "sequence", "hash"}


def fire(services: Services, event: Event | None) -> None:
    """Queue an event for the hooks that want it, and deliver in the background what waits; None is no event."""
    hooks = services.settings.hooks
    if event is None or not hooks:
        return
    deliveries = [
        Delivery(
            id=new_id("dlv"),
            event_id=event.id,
            event=event.type,
            hook=name,
            body=event.body(),
            created_at=event.at,
            due_at=event.at,
        )
        for name, hook in hooks.items()
        if event.type in hook.on
    ]
    try:
        services.store.deliveries.add(deliveries, event.at)
        services.courier().wake()
    except LlmopsError as error:
        _LOG.warning(f"the event {event.type} could not be queued for hooks: {error.message}")


def registered(services: Services, done: Sequence[Registered], now: datetime) -> Event | None:
    """The event of a registration; None if nothing is new."""
    new = [item.version for item in done if item.created]
    if not new or not _is_wanted(services, "register"):
        return None
    listed = [
        {
            "kind": version.kind,
            "name": version.name,
            "number": version.number,
            "digest": version.digest,
            "author": version.origin.author,
            "message": version.origin.message,
        }
        for version in new[:MOST_VERSIONS]
    ]
    return Event(
        id=new_id("evt"),
        type="register",
        at=now,
        actor=_actor(services),
        subject={"count": len(new), "versions": listed},
    )


def moved(move: Move | None, now: datetime) -> Event | None:
    """The event of a promotion or rollback; None if nothing moved at that time."""
    if move is None or move.at != now or move.action not in ("move", "canary", "shadow", "rollback", "abandon"):
        return None
    back = move.action in ("rollback", "abandon")
    return Event(
        id=f"evt-{move.hash.removeprefix('sha256:')[:20]}",
        type="rollback" if back else "promote",
        at=now,
        actor=move.actor,
        subject=move.model_dump(mode="json", include=_MOVE | _AUDIT),
    )


def gate_failed(services: Services, report: "Report", now: datetime) -> Event | None:
    """The event of an evaluation of which a gate failed; None if none did."""
    if report.outcome != "fail" or not _is_wanted(services, "gate_failed"):
        return None
    gates: list[Json] = [json.loads(decision.model_dump_json()) for decision in report.decisions]
    subject = {
        "run": report.run_id,
        "suite": report.suite,
        "target": report.target,
        "refs": report.refs,
        "cases": report.cases,
        "errors": report.errors,
        "gates": gates,
    }
    return Event(id=f"evt-{report.run_id}", type="gate_failed", at=now, actor=_actor(services), subject=subject)


def deliver(
    services: Services,
    ids: Sequence[str] | None = None,
    *,
    clock: Clock | None = None,
    further: Callable[[Services, Clock], list[Round]] = lambda services, clock: [],
) -> list[Delivery]:
    """Try deliveries now, whatever their turn, and wait for the outcome; returns them as they stand, oldest first.

    Args:
        services: the workspace.
        ids: which ones, as ids or unique beginnings; None: all that are pending or failed.
        clock: time and chance.
        further: turns of receivers other than hooks, of what is due.

    Raises:
        NotFound: there is no such delivery.
        InputError: one was delivered already.
    """
    clock = clock or Clock()
    queue = services.store.deliveries
    wanted = None if ids is None else [queue.get(text) for text in ids]
    for delivery in wanted or ():
        if delivery.state == "delivered":
            raise InputError(
                f"{delivery.id} was delivered at {delivery.ended_at:%Y-%m-%d %H:%M} UTC",
                hint="List what was not: llmops hooks deliveries --state pending",
            )
    revived = queue.revive(None if wanted is None else [delivery.id for delivery in wanted], clock.now())
    rounds = [
        Round(name, open_sender(hook, services.root, os.environ), seconds(hook.timeout), queue, clock)
        for name, hook in services.settings.hooks.items()
        if revived and not hook.missing(os.environ)
    ]
    rounds += further(services, clock) if revived else []
    with ThreadPoolExecutor(max_workers=max(1, len(rounds)), thread_name_prefix="llmops-hook") as pool:
        try:
            for done in [pool.submit(turn.run) for turn in rounds]:
                done.result()
        except KeyboardInterrupt:
            for turn in rounds:
                turn.sender.cancel()
            raise
    return [queue.get(delivery_id) for delivery_id in revived]


def _is_wanted(services: Services, event: EventType) -> bool:
    return any(event in hook.on for hook in services.settings.hooks.values())


def _actor(services: Services) -> Actor:
    return find_actor(os.environ, services.root)
