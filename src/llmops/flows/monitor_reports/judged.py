"""Signals that ask a model about each value, such as judged ones: nobody asks again for a report. What the monitor counted at
each evaluation is shown instead, and what came of the control set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.signal import SignalStatus
from llmops.flows.services import Services
from llmops.flows.watching.opening import OpenMonitor

MOST: Final = 24


@dataclass(frozen=True, slots=True)
class Told:
    """The values that an evaluation counted: when it was, how many, their mean, and the version that gave most of them."""

    at: datetime
    count: int
    mean: float
    version: str


@dataclass(frozen=True, slots=True)
class JudgedReport:
    """A signal by evaluations; `since` is where it drifts from, `control` the mean that its control set got at first, `said` what
    came of judging that again."""

    name: str
    told: Sequence[Told]
    since: datetime | None
    control: float | None
    said: str


def judged_of(services: Services, monitor: OpenMonitor, since: datetime) -> list[JudgedReport]:
    """The signals that ask a model about each value, as the monitor counted them since a time."""
    known = services.store.monitors.load(monitor.name)
    controls: Mapping[str, Json] = {} if known is None else known.state["controls"]
    reports = []
    for label, signal in monitor.signals.items():
        if not hasattr(signal, "measure_page") or signal.kind in ("vector", "category"):
            continue
        points = services.store.monitors.points(monitor.name, since=since, signal=label)
        plain = [(at, one) for at, one in points if not one.segment and one.promise == "arl"]
        control = controls.get(label, {"scores": {}, "said": ""})
        scores = list(control["scores"].values())
        last = plain[-1][1] if plain else None
        reports.append(
            JudgedReport(
                label,
                _together(_counted(plain)),
                last.since if last is not None and last.state == "drift" else None,
                fsum(scores) / len(scores) if scores else None,
                control["said"],
            )
        )
    return reports


def _counted(points: Sequence[tuple[datetime, SignalStatus]]) -> list[Told]:
    """What came to the counts of each version between two evaluations; a monitor that began anew counts from nothing."""
    found, before = [], dict[str, tuple[int, float]]()
    for at, status in points:
        now = {version: (count, count * mean) for version, (count, mean) in status.versions.items()}
        if any(count < before[version][0] for version, (count, _) in now.items() if version in before):
            before = {}
        grown = {
            version: (count - before.get(version, (0, 0.0))[0], total - before.get(version, (0, 0.0))[1])
            for version, (count, total) in now.items()
        }
        count = sum(more for more, _ in grown.values())
        if count:
            mean = fsum(total for _, total in grown.values()) / count
            found.append(Told(at, count, mean, max(grown, key=lambda version: grown[version][0])))
        before = now
    return found


def _together(told: Sequence[Told]) -> list[Told]:
    """At most so many: neighbours are put together."""
    step = max(1, -(-len(told) // MOST))
    joined = []
    for place in range(0, len(told), step):
        part = told[place : place + step]
        count = sum(one.count for one in part)
        mean = fsum(one.mean * one.count for one in part) / count
        joined.append(Told(part[0].at, count, mean, max(part, key=lambda one: one.count).version))
    return joined
