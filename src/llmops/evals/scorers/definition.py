"""What all built-in scorers share: name, definition version, range, direction, unit, and the identity made of them."""

from dataclasses import Field, fields
from typing import ClassVar

from llmops.core.arguments import SERVICE
from llmops.core.hashing import Json
from llmops.domain.evaluation import Direction


class Definition:
    """A scorer's definition. A new `version` says that the same arguments may now give other numbers; `reads_output` whether
    there must be an answer, which retrieval alone does not give; `reads_logprobs` whether results keep the log-probabilities of
    tokens for it, which are as long as the answer."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    direction: ClassVar[Direction] = "higher"
    range: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    unit: ClassVar[str] = ""
    reads_output: ClassVar[bool] = True
    reads_logprobs: ClassVar[bool] = False

    __dataclass_fields__: ClassVar[dict[str, Field[Json]]]

    @property
    def identity(self) -> Json:
        """Name, definition version and arguments, defaults included; two equal identities give comparable scores."""
        arguments = {f.name: getattr(self, f.name) for f in fields(self) if SERVICE not in f.metadata}
        return {"name": self.name, "version": self.version, "arguments": arguments, **self.dependencies()}

    def dependencies(self) -> dict[str, Json]:
        """Return what else the numbers depend on: a library's signature, an embedding model."""
        return {}
