"""Signals of how answers came about and what people said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from llmops.core.errors import InputError
from llmops.domain.interaction import Interaction
from llmops.domain.signal import SignalDirection, SignalKind


@dataclass(frozen=True)
class Latency:
    """Seconds until the answer was there; None where nobody measured it."""

    live: ClassVar[str] = "how long answers took"
    kind: ClassVar[SignalKind] = "scalar"
    direction: ClassVar[SignalDirection] = "lower"
    reads: ClassVar[Sequence[str]] = ()

    def measure(self, interaction: Interaction) -> float | None:
        """From the usage."""
        return interaction.usage.latency or None


@dataclass(frozen=True)
class FirstToken:
    """Seconds to the first piece of an answer that was streamed."""

    live: ClassVar[str] = "when answers began"
    kind: ClassVar[SignalKind] = "scalar"
    direction: ClassVar[SignalDirection] = "lower"
    reads: ClassVar[Sequence[str]] = ()

    def measure(self, interaction: Interaction) -> float | None:
        """From the usage."""
        return interaction.usage.first_token


@dataclass(frozen=True)
class Cost:
    """US dollars; None where no price is known."""

    live: ClassVar[str] = "what answers cost"
    kind: ClassVar[SignalKind] = "scalar"
    direction: ClassVar[SignalDirection] = "lower"
    reads: ClassVar[Sequence[str]] = ()

    def measure(self, interaction: Interaction) -> float | None:
        """From the usage."""
        return interaction.usage.cost


@dataclass(frozen=True)
class Tokens:
    """Tokens as the provider counted them; None where it counted none."""

    of: Literal["all", "prompt", "completion"] = "all"
    live: ClassVar[str] = "how many tokens there were"
    kind: ClassVar[SignalKind] = "scalar"
    direction: ClassVar[SignalDirection] = "lower"
    reads: ClassVar[Sequence[str]] = ()

    def measure(self, interaction: Interaction) -> float | None:
        """From the usage."""
        usage = interaction.usage
        counts = {"all": usage.tokens, "prompt": usage.prompt_tokens, "completion": usage.completion_tokens}
        return float(counts[self.of]) if usage.tokens else None


@dataclass(frozen=True)
class Errors:
    """Whether the request failed."""

    live: ClassVar[str] = "which requests failed"
    kind: ClassVar[SignalKind] = "rate"
    direction: ClassVar[SignalDirection] = "lower"
    reads: ClassVar[Sequence[str]] = ()

    def measure(self, interaction: Interaction) -> float:
        """1 where there is an error."""
        return float(bool(interaction.error))


@dataclass(frozen=True)
class FeedbackScore:
    """What people gave, between the lowest and the highest score that they can give. Read when feedback comes, however late."""

    low: float = 0.0
    high: float = 1.0
    live: ClassVar[str] = "what people said of answers"
    kind: ClassVar[SignalKind] = "bounded"
    direction: ClassVar[SignalDirection] = "higher"
    reads: ClassVar[Sequence[str]] = ()
    reads_feedback: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise InputError(f"low {self.low:g} is not below high {self.high:g}", hint="Write low: 0, high: 1.")

    def measure(self, interaction: Interaction) -> float | None:
        """Scale it to 0 to 1."""
        if interaction.score is None:
            return None
        if not self.low <= interaction.score <= self.high:
            raise ValueError(f"a score of {interaction.score:g} lies outside of {self.low:g} to {self.high:g}")
        return (interaction.score - self.low) / (self.high - self.low)
