"""Remembers, for the length of a request, which policies look at it already, so that no check runs twice.

A guarded service that asks an app with the same policy is guarded once: by whoever stands further out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOOKING: ContextVar[frozenset[str]] = ContextVar("llmops_guards_looking", default=frozenset())


@contextmanager
def looking(digest: str) -> Iterator[None]:
    """Say that the policy of this digest looks at what goes in and out in here, on every loop and thread that follows."""
    token = _LOOKING.set(_LOOKING.get() | {digest})
    try:
        yield
    finally:
        _LOOKING.reset(token)


def is_looking(digest: str) -> bool:
    """Whether somebody further out guards with this policy."""
    return digest in _LOOKING.get()
