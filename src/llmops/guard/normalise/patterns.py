"""Compiles patterns over bytes with google-re2, whose time grows with the text and with nothing else."""

from functools import cache
from typing import Final, Protocol

MAX_MEMORY: Final = 64 << 20


class Found(Protocol):
    """A match, as re2 and re give it."""

    def span(self, group: int = 0, /) -> tuple[int, int]: ...


class Expression(Protocol):
    """A compiled pattern over bytes."""

    def search(self, text: bytes, pos: int = 0, /) -> Found | None: ...


@cache
def compiled(pattern: str, *, ignore_case: bool = False) -> Expression:
    """Compile a pattern for bytes; re2.error where it is none."""
    import re2

    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    options.case_sensitive = not ignore_case
    expression: Expression = re2.compile(pattern.encode(), options)
    return expression
