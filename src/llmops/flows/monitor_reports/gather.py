"""What a report of a monitor shows: signals over time with change points and versions, distributions, service, alerts."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from llmops.core.bridge import run_sync
from llmops.core.errors import LlmopsError
from llmops.core.names import Ref
from llmops.domain.alert import Alert
from llmops.domain.interaction import Interaction, Wanted
from llmops.domain.signal import SignalDirection, SignalStatus
from llmops.flows.interactions.reviewing import question_of
from llmops.flows.monitor_reports.clouds import CloudReport, ShownExample, clouds_of, examples_of
from llmops.flows.monitor_reports.judged import JudgedReport, judged_of
from llmops.flows.monitor_reports.words import WordReport, words_of
from llmops.flows.services import Services
from llmops.flows.watching.evaluate import measure_one
from llmops.flows.watching.feeds import open_feed
from llmops.flows.watching.opening import OpenMonitor, open_monitor
from llmops.measures.change_points import locate_change
from llmops.measures.gaps import ServedGroup, compare_service
from llmops.measures.intervals import Estimate, estimate_mean
from llmops.monitor.loading import AnySignal
from llmops.monitor.protocol import text_of
from llmops.presentation.cleaning import one_line
from llmops.presentation.scatter import Point

ROWS: Final = 5_000  # interactions that are looked at, newest first
BUCKETS: Final = 24
SHIFTED: Final = 0.01  # p of a change point from which on it is marked
ON_MAP: Final = 200  # texts of each side on the map
MOST_GROUPS: Final = 20


@dataclass(frozen=True, slots=True)
class Bucket:
    """The values of a signal in a stretch of time, and the version of the app (number, else digest) that answered most."""

    at: datetime
    mean: Estimate
    version: str


@dataclass(frozen=True, slots=True)
class SignalReport:
    """One signal: over time, at which bucket its level changed (None: it did not), and its values before and since."""

    name: str
    buckets: Sequence[Bucket]
    change: int | None
    before: Sequence[float]
    since: Sequence[float]


@dataclass(frozen=True, slots=True)
class Service:
    """How the groups of a segment key fare by one signal; `higher_is_better` is None where neither is."""

    signal: str
    key: str
    groups: Sequence[ServedGroup]
    higher_is_better: bool | None


@dataclass(frozen=True, slots=True)
class MonitorReport:
    """All of it. `split` is the moment that parts before from now; `notes` say what is missing."""

    monitor: str
    app: str
    at: datetime
    split: datetime | None
    interactions: Sequence[Interaction]
    statuses: Sequence[SignalStatus]
    signals: Sequence[SignalReport]
    service: Sequence[Service]
    points: Sequence[Point]
    asked: Sequence[Point]
    alerts: Sequence[Alert]
    notes: Sequence[str]
    words: Sequence[WordReport] = ()
    judged: Sequence[JudgedReport] = ()
    clouds: Sequence[CloudReport] = ()
    examples: Sequence[ShownExample] = ()


def gather(
    services: Services, ref: Ref, *, now: datetime, since: datetime | None = None, maps: bool = True
) -> MonitorReport:
    """Read what a report of a monitor shows.

    Args:
        services: the workspace.
        ref: the monitor.
        now: when.
        since: from when on; 30 days ago by default.
        maps: whether to embed questions and answers, for maps of them and to compare signals of vectors.

    Raises:
        NotFound: there is no such monitor, or no such signal.
    """
    monitor = open_monitor(services, ref)
    store, notes = services.store, list[str]()
    since = since or now - timedelta(days=30)
    found = _found(services, monitor, since, now)
    alerts = store.alerts.find(monitor=monitor.name, limit=100)
    split = _split(alerts, found)
    if len(found) == ROWS:
        notes.append(f"only the newest {ROWS:,} interactions are shown, from {found[0].at:%Y-%m-%d %H:%M} UTC on")
    measured = _measured(monitor, found)
    words, left_out = words_of(monitor, found, split)
    numbers = {one.digest: f"version {one.number}" for one in store.versions.of("app", monitor.app)}
    embedded = _embedded(services, monitor, found, split) if maps else _not_embedded(monitor)
    lines = {**measured, **{one.timeline: one.values for one in words}}
    return MonitorReport(
        monitor.name,
        monitor.app,
        now,
        split,
        found,
        store.monitors.latest(monitor.name)[1],
        [_signal(name, found, values, split, numbers) for name, values in lines.items()],
        [
            _service(label, key, monitor.signals[label].direction, found, measured[label])
            for label in measured
            for key in monitor.spec.segments
        ],
        embedded.points,
        embedded.asked,
        alerts,
        [*notes, *left_out, *embedded.notes],
        words,
        judged_of(services, monitor, since),
        embedded.clouds,
        [*examples_of(services, alerts), *embedded.examples],
    )


class _Embedded(NamedTuple):
    """What comes of embedding questions and answers: maps, comparisons of vectors, examples."""

    points: Sequence[Point] = ()
    asked: Sequence[Point] = ()
    clouds: Sequence[CloudReport] = ()
    examples: Sequence[ShownExample] = ()
    notes: Sequence[str] = ()


def _embedded(
    services: Services, monitor: OpenMonitor, found: Sequence[Interaction], split: datetime | None
) -> _Embedded:
    if split is None:
        return _Embedded()
    clouds, examples = clouds_of(monitor, found, split)
    try:
        points, asked = _map(services, found, split), _map(services, found, split, of="input")
    except LlmopsError as error:
        return _Embedded((), (), clouds, examples, [f"no map of questions and answers: {error.message}"])
    return _Embedded(points, asked, clouds, examples)


def _not_embedded(monitor: OpenMonitor) -> _Embedded:
    vectors = [label for label, signal in monitor.signals.items() if signal.kind == "vector"]
    told = f"not compared, as nothing is embedded for this report: {', '.join(vectors)}"
    return _Embedded(notes=[told] if vectors else [])


def _found(services: Services, monitor: OpenMonitor, since: datetime, now: datetime) -> list[Interaction]:
    """The newest interactions of an app, or rows of a model that tell when they were, oldest first."""
    if monitor.app:
        wanted = Wanted(app=monitor.app, since=since, until=now, limit=ROWS)
        return list(services.store.interactions.texts(wanted))[::-1]
    cursor, feed = open_feed(services, monitor, since)
    pages = (page.interactions for page in feed.pages(cursor) if not page.is_feedback)
    rows = (one for page in pages for one in page if since <= one.at < now)
    return sorted(deque(rows, maxlen=ROWS), key=lambda one: one.at)


def _measured(monitor: OpenMonitor, found: Sequence[Interaction]) -> dict[str, list[float | None]]:
    """The values of every signal that is a number of one interaction."""
    return {
        label: [_number(signal, one) for one in found]
        for label, signal in monitor.signals.items()
        if not hasattr(signal, "measure_page") and signal.kind not in ("category", "vector")
    }


def _number(signal: AnySignal, one: Interaction) -> float | None:
    value = measure_one(signal, one)
    return float(value) if isinstance(value, (int, float)) else None


def _split(alerts: Sequence[Alert], found: Sequence[Interaction]) -> datetime | None:
    """What parts before from now: the beginning of the newest alert, else the middle of the time."""
    inside = [alert.since for alert in alerts if found and found[0].at < alert.since <= found[-1].at]
    if inside:
        return inside[0]
    return found[0].at + (found[-1].at - found[0].at) / 2 if found else None


def _signal(
    label: str,
    found: Sequence[Interaction],
    values: Sequence[float | None],
    split: datetime | None,
    numbers: Mapping[str, str],
) -> SignalReport:
    rows = [(one, value) for one, value in zip(found, values, strict=True) if value is not None]
    buckets: list[Bucket] = []
    begins: list[int] = []  # how many values lie before each bucket
    if rows:
        first, width = rows[0][0].at, (rows[-1][0].at - rows[0][0].at) / BUCKETS or timedelta(seconds=1)
        grouped: dict[int, list[tuple[Interaction, float]]] = {}
        for one, value in rows:
            grouped.setdefault(min(BUCKETS - 1, int((one.at - first) / width)), []).append((one, value))
        for number, inside in sorted(grouped.items()):
            begins.append(begins[-1] + buckets[-1].mean.n if buckets else 0)
            mean = estimate_mean([value for _, value in inside], [_unit(one) for one, _ in inside], bounds=None)
            version = Counter(one.version for one, _ in inside).most_common(1)[0][0]
            buckets.append(Bucket(first + width * number, mean, numbers.get(version, version)))
    place = locate_change([value for _, value in rows]) if rows else None
    mark = None
    if place is not None and place.p <= SHIFTED:
        mark = min(range(len(begins)), key=lambda number: abs(begins[number] - place.index))
    before = [value for one, value in rows if split is not None and one.at < split]
    since = [value for one, value in rows if split is not None and one.at >= split]
    return SignalReport(label, buckets, mark, before, since)


def _service(
    label: str,
    segment: str,
    direction: SignalDirection,
    found: Sequence[Interaction],
    values: Sequence[float | None],
) -> Service:
    key = segment.removeprefix("metadata.")
    rows = [(one, value) for one, value in zip(found, values, strict=True) if value is not None and key in one.metadata]
    common = {name for name, _ in Counter(str(one.metadata[key]) for one, _ in rows).most_common(MOST_GROUPS)}
    rows = [(one, value) for one, value in rows if str(one.metadata[key]) in common]
    groups = compare_service(
        [value for _, value in rows],
        [str(one.metadata[key]) for one, _ in rows],
        [_unit(one) for one, _ in rows],
        bounds=None,
        higher_is_better=direction != "lower",
    )
    return Service(label, segment, groups, None if direction == "none" else direction == "higher")


def _unit(one: Interaction) -> str:
    """Whose values depend on each other: a user's, a session's, else only an interaction's own."""
    return one.user or one.session or one.id


def _map(
    services: Services, found: Sequence[Interaction], split: datetime, of: Literal["output", "input"] = "output"
) -> list[Point]:
    """Answers (or questions) on a plane: the two directions in which their embeddings differ most."""
    import numpy as np

    sides = [[one for one in found if (one.at >= split) is new and text_of(one, of)] for new in (False, True)]
    chosen = [(one, new) for new, side in zip((False, True), sides, strict=True) for one in _some(side)]
    if len(chosen) < 10:
        return []
    texts = [text_of(one, of) for one, _ in chosen]
    role: Literal["query", "document"] = "query" if of == "input" else "document"
    vectors = np.asarray(run_sync(services.embedder().embed(texts, role)), dtype=float)
    centred = vectors - vectors.mean(axis=0)
    plane = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    return [
        Point(float(x), float(y), f"{one.id}: {one_line(question_of(one), 80)} → {one_line(one.output, 80)}", new)
        for (one, new), (x, y) in zip(chosen, plane, strict=True)
    ]


def _some(side: Sequence[Interaction]) -> Sequence[Interaction]:
    """At most so many, spread over the time."""
    step = max(1, -(-len(side) // ON_MAP))
    return side[::step]
