"""Patterns of your own, by google-re2: time in proportion to the text, whatever the pattern."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import re2
from pydantic import Field

from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.aside import OFTEN, give_way
from llmops.guard.normalise.patterns import Expression, compiled
from llmops.guard.normalise.prose import Prose
from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.tails import earliest

_MAX_PATTERN: Final = 10_000
_MAX_REFUSED: Final = 64
_REASONS: Final = (
    ("(?=", "look-ahead"),
    ("(?!", "look-ahead"),
    ("(?<=", "look-behind"),
    ("(?<!", "look-behind"),
    ("(?P=", "a back-reference"),
    ("(?>", "an atomic group"),
)


@dataclass(frozen=True)
class Regex:
    """Find what matches a pattern (syntax: google-re2).

    Args:
        pattern: without look-around and back-references, which cannot be matched in bounded time.
        type: what a finding is called, and its placeholder.
        ignore_case: whether capitals count.
        max_length: the longest match, in bytes; a stream is held back by that much.
    """

    pattern: str
    type: Annotated[str, Field(pattern="^[A-Z][A-Z0-9_]*$", max_length=40)] = "PATTERN"
    ignore_case: bool = False
    max_length: Annotated[int, Field(ge=1, le=4096)] = 256
    action: ClassVar[str] = "block"

    def __post_init__(self) -> None:
        compile_user_pattern(self.pattern, ignore_case=self.ignore_case)

    @property
    def reach(self) -> int:
        """As declared, and one more to see that a match ends."""
        return self.max_length + 1

    def find(self, reading: Reading) -> Iterator[Finding]:
        """Where the pattern matches.

        Raises:
            ValueError: it keeps matching stretches that are longer than `max_length`.
        """
        search = compile_user_pattern(self.pattern, ignore_case=self.ignore_case).search
        refused = searched = 0
        for layer in reading.layers:
            view, at = layer.plain, 0
            while found := search(view.data, at):
                start, end = found.span()
                searched += 1
                if searched % OFTEN == 0:
                    give_way()
                at = max(end, start + 1)
                if end - start > self.max_length:
                    at = start + 1
                    refused += 1
                    if refused > _MAX_REFUSED:
                        raise ValueError(
                            f"{self.pattern!r:.60} matches stretches longer than max_length {self.max_length}"
                        )
                elif start < end:
                    yield Finding(*view.span(start, end), self.type)

    def tail(self, reading: Reading) -> int:
        """As far back as a match may reach."""

        def tail(layer: Reading) -> int:
            view = layer.plain
            start = max(0, len(view.data) - self.max_length - 1)
            return view.span(start, len(view.data))[0] if view.data else reading.end

        return earliest(reading, tail)

    def calm(self, prose: Prose, edge: int) -> int:
        """`Calming.calm`."""
        if compile_user_pattern(self.pattern, ignore_case=self.ignore_case).search(prose.text.encode()):
            return -1
        return min(edge, max(0, len(prose.text) - self.max_length - 1))


def compile_user_pattern(pattern: str, *, ignore_case: bool = False) -> Expression:
    """Compile a pattern that a person wrote.

    Raises:
        InputError: with the reason.
    """
    for sign, what in _REASONS:
        if sign in pattern:
            raise InputError(
                f"pattern {pattern!r:.80} uses {what}, which cannot be matched in bounded time",
                hint="Match more and less exactly, or write a check of your own in Python.",
            )
    if len(pattern) > _MAX_PATTERN:
        raise InputError(
            f"a pattern of {len(pattern):,} characters is too long", hint="Use phrases for lists of words."
        )
    try:
        return compiled(pattern, ignore_case=ignore_case)
    except re2.error as error:
        said = error.args[0] if error.args else error
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        if "invalid escape sequence" in reason and any(f"\\{n}" in pattern for n in range(1, 10)):
            reason = "back-references cannot be matched in bounded time"
        raise InputError(
            f"pattern {pattern!r:.80} cannot be used: {reason}", hint="See github.com/google/re2/wiki/Syntax."
        ) from error
