"""Lets whoever stands around a request know what happened inside, so that one request is written down once.

A guarded service that asks an app is one interaction: the service writes it, with what the app noted. Only what was opened in a
workspace (`ws.guard(ref)`, `ws.app(ref).policy`) has a log to write to; a Policy by itself has none.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from llmops.core.hashing import Json
from llmops.domain.verdict import Verdict

if TYPE_CHECKING:
    from llmops.domain.interaction import Reply
    from llmops.guard.policy import Policy

_NOTES: ContextVar["list[Reply] | None"] = ContextVar("llmops_notes", default=None)


@dataclass(slots=True)
class Happening:
    """A guarded request while it goes on. `asked` are texts as they came in, `answered` as they went out, `shown` those that went
    out in pieces; `notes` are the replies of apps that were asked meanwhile."""

    policy: "Policy"
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    shown: dict[tuple[str | int, ...], str] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    metadata: Mapping[str, Json] = field(default_factory=dict)
    notes: "list[Reply]" = field(default_factory=list)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.perf_counter)
    error: str = ""

    def show(self, piece: str) -> None:
        """Take note of a piece of the only text that goes out."""
        if piece:
            self.shown[()] = self.shown.get((), "") + piece


class Log(Protocol):
    """Writes guarded requests down."""

    def write_down(self, happening: Happening) -> None:
        """Have a request written down, in the background."""
        ...


def log_of(holder: object) -> Log | None:
    """The log that a holder of a policy writes to; None where it has none, or somebody further out writes."""
    log: Log | None = getattr(holder, "log", None)
    return log if _NOTES.get() is None else None


@contextmanager
def noting(notes: "list[Reply]") -> Iterator[None]:
    """Collect the replies that are given in here, on every loop and thread that follows."""
    token = _NOTES.set(notes)
    try:
        yield
    finally:
        _NOTES.reset(token)


@contextmanager
def inside(log: Log | None, happening: Happening) -> Iterator[None]:
    """Collect what is noted in one step of a request that is written down at its end."""
    if log is None:
        yield
        return
    with noting(happening.notes):
        yield


@contextmanager
def written_down(log: Log | None, happening: Happening) -> Iterator[None]:
    """Write a request down when the block ends, however it ends."""
    if log is None:
        yield
        return
    try:
        with noting(happening.notes):
            yield
    except Exception as error:
        happening.error = happening.error or type(error).__name__
        raise
    finally:
        log.write_down(happening)


def note(reply: "Reply") -> bool:
    """Tell whoever stands around; False if nobody does."""
    notes = _NOTES.get()
    if notes is None:
        return False
    notes.append(reply)
    return True
