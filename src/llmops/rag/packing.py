"""Make contexts fit a budget of tokens: each text once, the best first, and nothing cut but a first one that is too long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from llmops.domain.corpus import Context

TokenSpans: TypeAlias = Callable[[str], list[tuple[int, int]]]
"""The tokens of a text as character offsets, as `Embedder.token_spans` gives them."""


@dataclass(frozen=True, slots=True)
class Packer:
    """Packs contexts into `budget` tokens. What does not fit is passed over for what is shorter and comes later."""

    budget: int
    tokens: TokenSpans

    def __call__(self, contexts: Sequence[Context]) -> tuple[Context, ...]:
        """Those that are kept, in their order."""
        left = self.budget
        kept: list[Context] = []
        seen: set[str] = set()
        for context in contexts:
            words = " ".join(context.text.split())
            if words in seen:
                continue
            seen.add(words)
            spans = self.tokens(context.text)
            if len(spans) <= left:
                kept.append(context)
                left -= len(spans)
            elif not kept:  # better the beginning of the best than nothing
                kept.append(context.model_copy(update={"text": context.text[: spans[left - 1][1]]}))
                left = 0
        return tuple(kept)
