"""A run of a monitor: an evaluation, and what follows from it: alerts, people who are told, a rollback."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from llmops.core.durations import seconds
from llmops.core.names import Ref, parse_ref
from llmops.domain.interaction import Interaction
from llmops.flows.alerting.settle import Settled, Watched, settle
from llmops.flows.alerting.undoing import RollbackRule
from llmops.flows.alerting.witnessing import Vector
from llmops.flows.services import Services
from llmops.flows.watching.evaluate import Evaluation, evaluate, measure_one
from llmops.flows.watching.evaluate import measure as measure_page
from llmops.flows.watching.opening import OpenMonitor, open_monitor


class MonitorRun(NamedTuple):
    """How every stream stands, and what came of it."""

    evaluation: Evaluation
    settled: Settled


def run_monitor(
    services: Services, ref: Ref, *, now: datetime, begin_anew: bool = False, dry_run: bool = False
) -> MonitorRun:
    """Evaluate a monitor and settle its alerts. Whoever is killed in between leaves that to the next run.

    A dry run says what would come of it: it writes nothing, tells nobody and moves nothing.

    Raises:
        NotFound: there is no such monitor.
        InputError: a signal cannot be used here.
        Conflict: another process evaluates it.
    """
    done = evaluate(services, ref, now=now, begin_anew=begin_anew, dry_run=dry_run)
    monitor = open_monitor(services, ref)

    def measure(label: str, one: Interaction) -> float | None:
        signal = monitor.signals.get(label)
        if signal is None or hasattr(signal, "measure_page") or signal.kind == "category":
            return None
        value = measure_one(signal, one)
        return value if isinstance(value, float) else None

    def vectors(label: str, page: Sequence[Interaction]) -> Sequence[Vector | None]:
        signal = monitor.signals.get(label)
        if signal is None or signal.kind != "vector":
            return ()
        return [value if isinstance(value, list) else None for value in measure_page(signal, page)]

    settled = settle(
        services, watched(monitor), done.statuses, now=now, measure=measure, vectors=vectors, dry_run=dry_run
    )
    return MonitorRun(done, settled)


def watched(monitor: OpenMonitor) -> Watched:
    """What alerts depend on."""
    actions = monitor.spec.on_alert
    return Watched(
        monitor.name,
        monitor.app,
        alias=monitor.spec.reference.alias or "",
        notify=[one.notify for one in actions if one.notify is not None],
        rollbacks=[
            RollbackRule(str(parse_ref(one.rollback, default="app")), _span(one.within), one.false_action)
            for one in actions
            if one.rollback is not None and one.within is not None and one.false_action is not None
        ],
    )


def _span(text: str) -> timedelta:
    return timedelta(seconds=seconds(text))
