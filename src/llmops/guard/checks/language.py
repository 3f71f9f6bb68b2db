"""Which languages a text may be written in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.protocol import Subject
from llmops.text.language import languages, rank_languages


@dataclass(frozen=True)
class Language:
    """Find texts in other languages than those that are allowed.

    Args:
        allow: the languages, as codes of ISO 639-1 (`en`, `de`).
        min_characters: shorter texts are let through, since too little tells languages apart.
        min_probability: how likely it must be that it is none of them; languages that are hard to tell apart (Croatian and
            Bosnian) count together.
    """

    allow: tuple[str, ...]
    min_characters: Annotated[int, Field(ge=1)] = 40
    min_probability: Annotated[float, Field(ge=0, le=1)] = 0.9
    action: ClassVar[str] = "block"

    def __post_init__(self) -> None:
        for code in self.allow:
            if code not in languages():
                raise InputError(
                    f"{code!r} is no language that can be told", hint="Use codes of ISO 639-1, such as en and de."
                )

    def inspect(self, subject: Subject) -> Iterator[Finding]:
        """One finding over the whole text where it is in another language."""
        text = subject.text.strip()
        if len(text) < self.min_characters:
            return
        ranked = rank_languages(text)
        language = next(iter(ranked))
        others = min(1.0, max(0.0, 1 - sum(ranked[code] for code in self.allow)))
        if language not in self.allow and others >= self.min_probability:
            yield Finding(0, len(subject.text), "LANGUAGE", others, f"written in {language}")
