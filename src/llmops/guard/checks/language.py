"""Which languages a text may be written in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.protocol import Subject
from llmops.text.language import detect_language, languages


@dataclass(frozen=True)
class Language:
    """Find texts in other languages than those that are allowed.

    Args:
        allow: the languages, as codes of ISO 639-1 (`en`, `de`).
        min_characters: shorter texts are let through, since too little tells languages apart.
        min_probability: a language counts as another one only where it is at least that likely.
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
        language, probability = detect_language(text)
        if language not in self.allow and probability >= self.min_probability:
            yield Finding(0, len(subject.text), "LANGUAGE", probability, f"written in {language}")
