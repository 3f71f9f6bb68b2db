"""Alerts: one for each cause, with the streams that drifted, what changed just before, and what was done about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.artifact import Actor
from llmops.domain.noun import Noun

AlertState = Literal["open", "acknowledged", "closed"]
AlertWord = Literal["opened", "updated", "acknowledged", "closed", "reopened", "rolled back", "not rolled back"]
ChangeKind = Literal["alias", "version", "index", "policy", "model", "mix"]

STATES: Final[tuple[AlertState, ...]] = ("open", "acknowledged", "closed")
OPEN: Final[tuple[AlertState, ...]] = STATES[:2]


class Status(Protocol):
    """What a monitor says of one stream: a signal in a segment ("" is all of the traffic)."""

    @property
    def signal(self) -> str: ...
    @property
    def segment(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def statistic(self) -> float: ...
    @property
    def threshold(self) -> float: ...
    @property
    def promise(self) -> str: ...
    @property
    def promised(self) -> float | None: ...
    @property
    def observations(self) -> int: ...
    @property
    def reference(self) -> float | None: ...
    @property
    def current(self) -> float | None: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def note(self) -> str: ...


class Stream(Noun):
    """A stream that drifted, as an alert keeps it: the statistic against its threshold, and the promise that stands behind it.

    Attributes:
        promise: `arl` (how long it runs without a false alert) or `pfa` (how likely it ever acts falsely).
        promised: how long, or how likely, of all streams of the monitor together; None where nobody said.
        reference: the mean before, where it is known; `current` the mean since.
        since: when the change is estimated to have begun.
        drifting: whether it still drifts.
    """

    signal: str
    segment: str = ""
    statistic: float
    threshold: float
    promise: str = "arl"
    promised: float | None = None
    observations: int = 0
    reference: float | None = None
    current: float | None = None
    since: datetime
    note: str = ""
    drifting: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from others."""
        return (self.signal, self.segment, self.promise)

    @property
    def name(self) -> str:
        """The signal, and the segment where it is of one."""
        return f"{self.signal} [{self.segment}]" if self.segment else self.signal

    @property
    def words(self) -> str:
        """What is promised, in words."""
        if self.promise == "pfa":
            if self.promised is None:
                return f"the chance that it ever says so without a change is at most {1 / self.threshold:.2g}"
            return (
                "after a move that changes nothing, the chance that any stream of the monitor ever says so is at most "
                f"{self.promised:.2g} (false_action); for that, each must reach {self.threshold:,.0f}"
            )
        if self.promised is None:
            return f"without a change it says so about once in {self.threshold:,.0f} interactions or less often"
        return (
            f"without a change, the whole monitor says so about once in {self.promised:,.0f} interactions or less often "
            f"(mean_run_length); a stream alone must reach {self.threshold:,.0f}"
        )


class Change(Noun):
    """Something that changed shortly before or with the drift.

    Attributes:
        kind: a row of the alias history (`alias`), what answers (`version`, `policy`, `model`: name or fingerprint), what an
            `index` holds, or who asks what (`mix`).
        what: in words.
        at: when; of what was only seen in traffic, when it was seen first.
        sequence: its row of the history.
        share: how much of the shift of the leading signal it explains, where that can be said.
    """

    kind: ChangeKind
    what: str
    at: datetime
    sequence: int | None = None
    share: float | None = None


class Example(Noun):
    """An interaction that shows the drift: one of the `most shifted`, or a `typical` one of now or before."""

    interaction: str
    kind: Literal["most shifted", "typical now", "typical before"]
    value: float | None = None


class AlertEvent(Noun):
    """Something that happened to an alert."""

    at: datetime
    what: AlertWord
    actor: Actor
    reason: str = ""


class Alert(Noun):
    """One cause for concern.

    Attributes:
        cause: what tells causes of one monitor apart: `move:17` (a row of the history), or `time:…`.
        move: the row of the history that it follows.
        ref: the alias whose move it follows: `app/docs@production`.
        until: when what it is about was seen last; with `since` it says which interactions are meant.
        events: what happened to it, oldest first.
    """

    id: str
    monitor: str
    app: str = ""
    cause: str
    state: AlertState = "open"
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    since: datetime
    until: datetime
    ref: str = ""
    move: int | None = None
    streams: tuple[Stream, ...]
    changes: tuple[Change, ...] = ()
    examples: tuple[Example, ...] = ()
    findings: tuple[str, ...] = ()
    events: tuple[AlertEvent, ...] = Field(default=())

    @property
    def title(self) -> str:
        """In one line."""
        names = list(dict.fromkeys(stream.name for stream in self.streams))
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        after = f" after {self.ref} moved" if self.ref else ""
        return f"{self.monitor}: {shown} drifted{after}"

    @property
    def segments(self) -> dict[str, str]:
        """The segment that all of its streams are of, as metadata; empty where they are of several or of all traffic."""
        found = {stream.segment for stream in self.streams}
        segment = found.pop() if len(found) == 1 else ""
        return dict([segment.removeprefix("metadata.").split("=", 1)]) if "=" in segment else {}

    @property
    def wanted(self) -> dict[str, Json]:
        """The interactions that it is about, as a question to the log."""
        return {"app": self.app, "since": self.since, "until": self.until + timedelta(microseconds=1)}

    @property
    def commands(self) -> list[str]:
        """What to type."""
        can_undo = self.ref and self.state != "closed" and not last_event(self, ("rolled back",))
        undo = [f'llmops rollback {self.ref} --reason "{self.id}"'] if can_undo else []
        look = [
            f"llmops log list --alert {self.id}",
            f"llmops log export --alert {self.id} --cases evals/data/{self.id}.jsonl",
        ]
        decide = {"open": ["ack"], "acknowledged": ["close"], "closed": []}[self.state]
        return [*undo, *look, *(f'llmops alerts {word} {self.id} --reason "…"' for word in decide)]

    def as_json(self) -> dict[str, Json]:
        """All of it, with what is promised in words."""
        shown = self.model_dump(mode="json")
        for stream, told in zip(self.streams, shown["streams"], strict=True):
            told["words"] = stream.words
        return {**shown, "title": self.title, "commands": self.commands}


def stream_of(status: Status, now: datetime) -> Stream:
    """What an alert keeps of a status; a change whose beginning is unknown is taken to begin now."""
    return Stream(
        signal=status.signal,
        segment=status.segment,
        statistic=status.statistic,
        threshold=status.threshold,
        promise=status.promise,
        promised=status.promised,
        observations=status.observations,
        reference=status.reference,
        current=status.current,
        since=status.since or now,
        note=status.note,
        drifting=status.state == "drift",
    )


def last_event(alert: Alert, words: Sequence[AlertWord]) -> AlertEvent | None:
    """The last thing of some kinds that happened to an alert."""
    return next((event for event in reversed(alert.events) if event.what in words), None)
