"""What a signal is: a pure function of an interaction, or of a page of them where asking a model for many at once pays."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Protocol, TypeAlias

from llmops.domain.interaction import TEXTS, Interaction
from llmops.domain.signal import SignalDirection, SignalKind

Vector: TypeAlias = Sequence[float]
Measured: TypeAlias = float | str | Vector | None
"""A number (rate, bounded, scalar), a word (category) or a vector; None where an interaction has nothing of the sort."""


class Kinded(Protocol):
    """What every signal says of its values."""

    @property
    def kind(self) -> SignalKind:
        """Rates and bounded values lie between 0 and 1."""
        ...

    @property
    def direction(self) -> SignalDirection:
        """Whether higher or lower is better."""
        ...


class Signal(Kinded, Protocol):
    """Measures one interaction. Raising means that it could not be read."""

    def measure(self, interaction: Interaction) -> Measured: ...


class PageSignal(Kinded, Protocol):
    """Measures a page of interactions at once; an exception in the place of a value means that it could not be read."""

    async def measure_page(self, page: Sequence[Interaction]) -> "Sequence[Measured | Exception]": ...


class Feedbacked(Protocol):
    """A signal that is measured when feedback comes, not when the answer was given."""

    reads_feedback: ClassVar[bool]


class Live(Protocol):
    """A signal of what only requests have, and no case of a dataset: what that is, in words."""

    live: ClassVar[str]


class Reading(Protocol):
    """A signal that says which of an interaction's texts it looks at; one that does not is given all."""

    @property
    def reads(self) -> Sequence[str]: ...


def texts_read(signals: Iterable[object]) -> tuple[str, ...]:
    """Which texts of an interaction some signals look at."""
    wanted = {text for signal in signals for text in getattr(signal, "reads", TEXTS)}
    return tuple(text for text in TEXTS if text in wanted)


def text_of(interaction: Interaction, of: str) -> str:
    """The input or the output of an interaction as text: the question, else the first text, else the last message."""
    if of == "output":
        return interaction.output
    inputs = interaction.inputs
    question = inputs.get("question")
    if isinstance(question, str):
        return question
    messages = inputs.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[-1], dict):
        return str(messages[-1].get("content") or "")
    return next((value for value in inputs.values() if isinstance(value, str)), "")
