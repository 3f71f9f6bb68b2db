"""What a text may be about, by the likeness of its meaning to topics that are described or shown by examples."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from llmops.core.arguments import SERVICE
from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.protocol import Subject

if TYPE_CHECKING:
    from llmops.domain.ports import Embedder

Topics = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class TopicCheck:
    """Find texts about topics that are denied, or about none of those that are allowed.

    Args:
        allow: topics by name, each with examples of what people say about it.
        deny: the same; a text near one of them is a finding even if it is near an allowed one.
        threshold: the cosine from which on a text is near an example.
    """

    allow: Topics = field(default_factory=dict)
    deny: Topics = field(default_factory=dict)
    threshold: Annotated[float, Field(ge=-1, le=1)] = 0.4
    embedder: "Callable[[], Embedder]" = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    action: ClassVar[str] = "block"
    timeout_ms: ClassVar[int] = 5_000

    def __post_init__(self) -> None:
        if not any((*self.allow.values(), *self.deny.values())):
            raise InputError("there are no topics", hint='Write deny: {politics: ["Whom should I vote for?"]}.')

    async def ainspect(self, subject: Subject) -> Iterable[Finding]:
        """One finding over the whole text that names the topic."""
        if not subject.text.strip():
            return ()
        examples = [(is_allowed, name, text) for is_allowed, topics in ((True, self.allow), (False, self.deny))
                    for name, texts in topics.items() for text in texts]  # fmt: skip
        vectors = await self.embedder().embed([subject.text, *(text for _, _, text in examples)])
        near = [
            (float(cosine), is_allowed, name)
            for cosine, (is_allowed, name, _) in zip(vectors[1:] @ vectors[0], examples, strict=True)
        ]
        whole = len(subject.text)
        denied = max(((cosine, name) for cosine, is_allowed, name in near if not is_allowed), default=(-1.0, ""))
        if self.deny and denied[0] >= self.threshold:
            return (Finding(0, whole, "TOPIC", _score(denied[0]), f"about {denied[1]}"),)
        best = max((cosine for cosine, is_allowed, _ in near if is_allowed), default=1.0)
        if self.allow and best < self.threshold:
            return (Finding(0, whole, "OFF_TOPIC", _score(1 - best), "about none of the allowed topics"),)
        return ()


def _score(value: float) -> float:
    return min(1.0, max(0.0, value))
