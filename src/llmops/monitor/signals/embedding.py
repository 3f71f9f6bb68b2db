"""Where inputs or outputs lie in the space of an embedding model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from llmops.core.arguments import SERVICE
from llmops.domain.interaction import Interaction
from llmops.domain.ports import Embedder
from llmops.domain.signal import SignalDirection, SignalKind
from llmops.monitor.protocol import Measured, text_of


@dataclass(frozen=True)
class Embedding:
    """The embedding of the input (or the output) by the workspace's embedding model.

    The stream that is watched is the distance from the centre of the first values of the reference: 1 - cosine. A `sample`
    of less than 1 embeds a share of the interactions, always the same ones.
    """

    of: Literal["input", "output"] = "input"
    sample: float = 1.0
    embedder: Callable[[], Embedder] = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    kind: ClassVar[SignalKind] = "vector"
    direction: ClassVar[SignalDirection] = "none"

    @property
    def reads(self) -> Sequence[str]:
        """The text that it is of."""
        return ("output",) if self.of == "output" else ("inputs",)

    async def measure_page(self, page: Sequence[Interaction]) -> Sequence[Measured | Exception]:
        """Embed each different text once."""
        from llmops.monitor.sampling import is_sampled

        texts = [text_of(one, self.of) if is_sampled(one.id, self.sample) else "" for one in page]
        different = list(dict.fromkeys(text for text in texts if text))
        if not different:
            return [None] * len(texts)
        vectors = await self.embedder().embed(different, "query" if self.of == "input" else "document")
        places = {text: vectors[number].tolist() for number, text in enumerate(different)}
        return [places.get(text) for text in texts]
