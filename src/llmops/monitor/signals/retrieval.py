"""Signals of what was retrieved, and of how far the answer rests on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from llmops.domain.interaction import Interaction
from llmops.domain.signal import SignalDirection, SignalKind
from llmops.text.support import WORDS, statements_of, words_by_statement, words_of


@dataclass(frozen=True)
class RetrievalScore:
    """The score of the best context, or the mean of all; None where there is none."""

    at: Literal["best", "mean"] = "best"
    live: ClassVar[str] = "how contexts scored"
    kind: ClassVar[SignalKind] = "scalar"
    direction: ClassVar[SignalDirection] = "higher"
    reads: ClassVar[Sequence[str]] = ("contexts",)

    def measure(self, interaction: Interaction) -> float | None:
        """From the contexts."""
        scores = [context.score for context in interaction.contexts]
        if not scores:
            return None
        return max(scores) if self.at == "best" else sum(scores) / len(scores)


@dataclass(frozen=True)
class HitCount:
    """How many contexts there were."""

    live: ClassVar[str] = "how many contexts were found"
    kind: ClassVar[SignalKind] = "scalar"
    direction: ClassVar[SignalDirection] = "none"
    reads: ClassVar[Sequence[str]] = ("contexts",)

    def measure(self, interaction: Interaction) -> float:
        """Count them."""
        return float(len(interaction.contexts))


@dataclass(frozen=True)
class HitSource:
    """The document that the best context is of: how questions are spread over documents."""

    live: ClassVar[str] = "which contexts were found"
    kind: ClassVar[SignalKind] = "category"
    direction: ClassVar[SignalDirection] = "none"
    reads: ClassVar[Sequence[str]] = ("contexts",)

    def measure(self, interaction: Interaction) -> str | None:
        """Its key, or where it has none its id."""
        if not interaction.contexts:
            return None
        best = max(interaction.contexts, key=lambda context: context.score)
        return str(best.metadata.get("key", best.id))


@dataclass(frozen=True)
class Support:
    """The share of the answer's sentences of which a sentence of the contexts has half of the words; None without contexts.

    It sees words, not truth: see the scorers `support` and `faithfulness` for better, slower looks.
    """

    kind: ClassVar[SignalKind] = "bounded"
    direction: ClassVar[SignalDirection] = "higher"
    reads: ClassVar[Sequence[str]] = ("output", "contexts")

    def measure(self, interaction: Interaction) -> float | None:
        """Compare words."""
        if not interaction.contexts:
            return None
        claims = [words_of(text) for text in statements_of(interaction.output)]
        if not claims:
            return None
        known = [words for context in interaction.contexts for words in words_by_statement(context.text)]
        found = sum(any(len(own & other) >= WORDS * len(own) for other in known) for own in claims)
        return found / len(claims)
