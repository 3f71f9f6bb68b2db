"""One evaluation of a monitor: what is new is read in pages, measured, and taken by the detectors; their states and how far was
read are written in one transaction, so that a process that is killed counts nothing twice.

The reference is read once, when a monitor begins: the interactions of its window, in the order in which they came. Everything
after it is watched. One process evaluates a monitor at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from llmops.core.bridge import run_sync
from llmops.core.durations import seconds
from llmops.core.errors import ExtraMissing, InputError, LlmopsError
from llmops.core.moments import read_moment, read_start
from llmops.core.names import Ref, parse_ref
from llmops.domain.interaction import Interaction
from llmops.domain.manifest import Lease
from llmops.domain.signal import SignalStatus
from llmops.flows.services import Services
from llmops.flows.watching.cases import begin_with_cases
from llmops.flows.watching.control import Control, control_from_json
from llmops.flows.watching.feeds import Cursor, Feed, Page, open_feed
from llmops.flows.watching.opening import OpenMonitor, open_monitor
from llmops.flows.watching.questions import Questions, questions_from_json
from llmops.monitor.loading import AnySignal
from llmops.monitor.panel import Panel
from llmops.monitor.protocol import Measured
from llmops.monitor.signals.judged import Judged
from llmops.storage.leases import LeaseRepository, this_process
from llmops.storage.monitors import MONITOR_RUNS, MonitorState

ROWS: Final = 20_000  # interactions between two transactions
Held: TypeAlias = tuple[LeaseRepository, Lease]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of an evaluation: the state of every stream, how many interactions were read, and what else is to be said."""

    monitor: str
    at: datetime
    statuses: Sequence[SignalStatus]
    read: int = 0
    notes: Sequence[str] = ()

    @property
    def drifts(self) -> bool:
        """Whether a stream drifts."""
        return any(status.state == "drift" for status in self.statuses)


def evaluate(
    services: Services, ref: Ref, *, now: datetime, begin_anew: bool = False, dry_run: bool = False
) -> Evaluation:
    """Evaluate a monitor on what is new since the last time.

    Args:
        services: the workspace, with a store that is there.
        ref: the monitor.
        now: when.
        begin_anew: whether to forget what it knows and take a new reference.
        dry_run: whether to write nothing, and to ask neither canary questions nor control sets again.

    Raises:
        NotFound: there is no such monitor.
        InputError: a signal cannot be used here.
        Conflict: another process evaluates it.
    """
    monitor = open_monitor(services, ref)
    with nullcontext() if dry_run else _alone(services, monitor.name, now) as held:
        work = _Work.start(services, monitor, now, begin_anew=begin_anew, held=held)
        for page in work.feed.pages(work.cursor):
            work.take(page)
            if work.unsaved >= ROWS:
                work.save()
        return work.finish()


@contextmanager
def _alone(services: Services, name: str, now: datetime) -> Iterator[Held]:
    leases = LeaseRepository(services.store.database, MONITOR_RUNS)
    lease = leases.acquire(name, this_process(), now)
    try:
        yield leases, lease
    finally:
        leases.release(lease)


@dataclass(slots=True)
class _Work:
    """An evaluation under way. `until` is where the reference ends, `moves` when aliases that rollbacks are for moved, `before`
    how many interactions were read by earlier ones; without what is `held` it is a dry run."""

    services: Services
    monitor: OpenMonitor
    panel: Panel
    feed: Feed
    cursor: Cursor
    now: datetime
    until: datetime
    moves: list[datetime]
    followed: str
    notes: list[str]
    held: Held | None
    read: int = 0
    before: int = 0
    unsaved: int = 0
    controls: dict[str, Control] = field(default_factory=dict)
    questions: Questions = field(default_factory=Questions)

    @classmethod
    def start(
        cls, services: Services, monitor: OpenMonitor, now: datetime, *, begin_anew: bool, held: Held | None
    ) -> "_Work":
        """Go on where the last evaluation stopped, or begin."""
        store, name = services.store, monitor.name
        known = store.monitors.load(name)
        notes = []
        if known is not None and (begin_anew or known.basis != monitor.basis):
            notes.append(
                f"monitor/{name} begins anew with a new reference" + ("" if begin_anew else ": it was changed")
            )
            known = None
        if known is None and held is not None:
            store.monitors.forget(name)
        since, until = _window(monitor, now)
        cursor, feed = open_feed(services, monitor, since)
        panel = Panel(name, monitor.spec, monitor.signals)
        followed = ""
        if known is not None:
            gone = panel.restore(known.state["panel"], known.streams)
            if held is not None:
                store.monitors.drop_streams(name, gone)
            cursor, until = Cursor(*known.state["cursor"]), datetime.fromisoformat(known.state["until"])
            followed = known.state["followed"]
        elif monitor.spec.reference.dataset is not None:
            begin_with_cases(services, monitor, panel, measure)
        moves = _moves(services, monitor, followed)
        work = cls(services, monitor, panel, feed, cursor, now, until, moves, followed, notes, held)
        if known is not None:
            work.controls = {label: control_from_json(one) for label, one in known.state["controls"].items()}
            work.questions = questions_from_json(known.state["questions"])
            work.before = known.state.get("read", 0)
        return work

    def take(self, page: Page) -> None:
        """Measure a page and put the values to their series, in their order."""
        chosen = {
            label: signal
            for label, signal in self.panel.signals.items()
            if getattr(signal, "reads_feedback", False) == page.is_feedback
        }
        measured = {label: measure(signal, page.interactions) for label, signal in chosen.items()}
        for label, signal in chosen.items():
            if isinstance(signal, Judged):
                self.controls.setdefault(label, Control()).keep(signal, page.interactions, measured[label], self.now)
        begin = 0
        for place, one in enumerate(page.interactions):
            if not page.is_feedback and self._is_behind(one):
                self._put(page, measured, begin, place)
                self._pass(one)
                begin = place
        self._put(page, measured, begin, len(page.interactions))
        self.cursor = page.cursor
        self.read += 0 if page.is_feedback else len(page.interactions)
        self.unsaved += len(page.interactions)

    def save(self) -> None:
        """Write down the states and how far was read, in one transaction."""
        self.panel.flush()
        self._write([])

    def finish(self) -> Evaluation:
        """Say how everything stands, and write that down with the rest."""
        if self.panel.reference and (not self.feed.is_timed or self.until <= self.now):
            self.panel.end_reference()
        self.panel.flush()
        self.panel.calm_down()
        statuses = self._with_controls(self.panel.statuses())
        spec = self.monitor.spec
        if spec.questions is not None:
            if self.held is not None:
                self.questions.ask(self.services, spec, now=self.now)
            statuses.append(self.questions.status(self.monitor.name, spec, self.panel.sources, self.panel.refs))
        for key, count in self.panel.left_out.items():
            self.notes.append(f"{count} interactions are not watched by {key}: it has more than 50 different values")
        self._write(statuses)
        return Evaluation(self.monitor.name, self.now, statuses, self.read, tuple(self.notes))

    def _with_controls(self, statuses: Sequence[SignalStatus]) -> list[SignalStatus]:
        """Judge control sets again where it is time, and say what came of it with the streams of their signals."""
        told = list(statuses)
        for label, control in self.controls.items():
            signal = self.panel.signals.get(label)
            if isinstance(signal, Judged):
                drifts = any(one.state == "drift" for one in statuses if one.signal == label)
                if self.held is not None:
                    control.look(signal, self.services.store.interactions, drifts=drifts, now=self.now)
                if control.said:
                    told = [_noted(one, control.said) if one.signal == label else one for one in told]
        return told

    def _put(self, page: Page, measured: Mapping[str, Sequence[Measured | Exception]], begin: int, end: int) -> None:
        if begin < end:
            self.panel.take(
                page.interactions[begin:end], {label: found[begin:end] for label, found in measured.items()}
            )

    def _is_behind(self, one: Interaction) -> bool:
        """Whether an interaction lies behind the end of the reference or a move of an alias that is yet to be followed."""
        ends = self.panel.reference and self.feed.is_timed and one.at >= self.until
        return ends or bool(self.moves and one.at >= self.moves[0])

    def _pass(self, one: Interaction) -> None:
        """End the reference, and follow moves of aliases, where an interaction lies behind them."""
        if self.panel.reference and self.feed.is_timed and one.at >= self.until:
            self.panel.end_reference()
        while self.moves and one.at >= self.moves[0]:
            self.panel.follow_move()
            self.followed = self.moves.pop(0).isoformat()

    def _write(self, statuses: Sequence[SignalStatus]) -> None:
        self.unsaved = 0
        if self.held is None:
            return
        leases, lease = self.held
        shared, series = self.panel.to_json()
        state = {
            "panel": shared,
            "cursor": list(self.cursor),
            "until": self.until.isoformat(),
            "followed": self.followed,
            "read": self.before + self.read,
            "questions": self.questions.to_json(),
            "controls": {label: one.to_json() for label, one in self.controls.items()},
        }
        store = self.services.store
        with store.transaction():
            leases.renew(lease, self.now)
            store.monitors.save(self.monitor.name, MonitorState(self.monitor.basis, state, series, self.now))
            store.monitors.add_points(self.monitor.name, self.now, statuses)


def measure(signal: AnySignal, page: Sequence[Interaction]) -> Sequence[Measured | Exception]:
    """What a signal measures of each interaction of a page; an exception where it could not.

    A signal that cannot be measured at all (a missing library, a judge that does not answer) fails for each of them.
    """
    if not page:
        return []
    if hasattr(signal, "measure_page"):
        try:
            return run_sync(signal.measure_page(page))
        except ExtraMissing:
            raise
        except (LlmopsError, ValueError, OSError) as error:
            return [error] * len(page)
    return [measure_one(signal, one) for one in page]


def measure_one(signal: AnySignal, one: Interaction) -> Measured | Exception:
    """What a signal that needs no page measures of one interaction, or why it could not."""
    try:
        return signal.measure(one)  # type: ignore[union-attr]  # what has no measure_page has measure
    except ExtraMissing:
        raise
    except Exception as error:  # noqa: BLE001  # wall: a signal that somebody wrote fails for this interaction
        return error


def _noted(status: SignalStatus, said: str) -> SignalStatus:
    return status.model_copy(update={"note": "; ".join(filter(None, (status.note, said)))})


def _window(monitor: OpenMonitor, now: datetime) -> tuple[datetime, datetime]:
    reference = monitor.spec.reference
    if reference.dataset is not None:
        return datetime.fromtimestamp(0, now.tzinfo), datetime.fromtimestamp(0, now.tzinfo)
    if reference.until is not None:
        since = read_start(reference.since, now) if reference.since else datetime.fromtimestamp(0, now.tzinfo)
        until = read_moment(reference.until, now)
        if since >= until:
            raise InputError(
                f"the reference of monitor/{monitor.name} ends before it begins", hint="Swap since and until."
            )
        return since, until
    return now - timedelta(seconds=seconds(reference.last or "14d")), now


def _moves(services: Services, monitor: OpenMonitor, followed: str) -> list[datetime]:
    """When the aliases moved that rollbacks are for, after those that were followed."""
    refs = [
        parse_ref(action.rollback, default="app") for action in monitor.spec.on_alert if action.rollback is not None
    ]
    moves = [move for ref in refs for move in services.store.aliases.history(ref.kind, ref.name, ref.alias)]
    held = (move.at for move in moves if move.action in ("move", "rollback"))
    return sorted(at for at in held if at.isoformat() > followed)
