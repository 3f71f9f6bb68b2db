"""Lets whoever stands around a request know what happened inside, so that one request is written down once.

A guarded service that asks an app is one interaction: the service writes it, with what the app noted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops.domain.interaction import Reply

_NOTES: ContextVar["list[Reply] | None"] = ContextVar("llmops_notes", default=None)


@contextmanager
def noting() -> "Iterator[list[Reply]]":
    """Collect the replies that are given in here, on every loop and thread that follows."""
    notes: list[Reply] = []
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


def note(reply: "Reply") -> bool:
    """Tell whoever stands around; False if nobody does."""
    notes = _NOTES.get()
    if notes is None:
        return False
    notes.append(reply)
    return True
