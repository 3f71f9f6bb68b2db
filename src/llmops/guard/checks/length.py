"""How long a text is, in characters, words or tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.protocol import Subject

_TOKEN: Final = re.compile(r"[A-Za-z]{1,6}|\d{1,3}|[^\sA-Za-z\d]|\s{2,}")


@dataclass(frozen=True)
class Length:
    """Find texts that are too long or too short.

    Args:
        max: the most, in units.
        min: the least.
        unit: `characters`, `words`, or `tokens`: an estimate that no tokenizer is loaded for, within a fifth of GPT-4's for
            English prose and high for other scripts.
    """

    max: Annotated[int, Field(ge=0)] | None = None
    min: Annotated[int, Field(ge=0)] | None = None
    unit: Literal["characters", "words", "tokens"] = "characters"
    action: ClassVar[str] = "block"

    def __post_init__(self) -> None:
        if self.max is None and self.min is None:
            raise InputError("there is no limit", hint="Write length: {max: 4000}.")

    def inspect(self, subject: Subject) -> Iterator[Finding]:
        """One finding over the whole text where it has not the right length."""
        size = measure(subject.text, self.unit)
        whole = len(subject.text)
        if self.max is not None and size > self.max:
            yield Finding(0, whole, "TOO_LONG", note=f"{size:,} {self.unit}, at most {self.max:,}")
        if self.min is not None and size < self.min:
            yield Finding(0, whole, "TOO_SHORT", note=f"{size:,} {self.unit}, at least {self.min:,}")


def measure(text: str, unit: str) -> int:
    """The length of a text."""
    if unit == "words":
        return len(text.split())
    return len(text) if unit == "characters" else sum(1 for _ in _TOKEN.finditer(text))
