"""What a ref means, and a prompt or an app together with everything that it pins, so that it needs no store any more."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from llmops.core.hashing import Json, digest
from llmops.core.names import Kind, Ref, parse_ref
from llmops.domain.artifact import AppSpec, PromptSpec
from llmops.domain.corpus import RagSpec
from llmops.domain.noun import Noun
from llmops.domain.policy import PolicySpec
from llmops.domain.snapshot import Snapshot
from llmops.registry.apps import LoadedApp
from llmops.registry.prompts import Prompt

S = TypeVar("S", bound=Noun)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a ref means: one content. `number` is its version where it is registered, `path` its file where it is one."""

    ref: Ref
    kind: Kind
    name: str
    digest: str
    content: Json
    number: int | None = None
    path: Path | None = None

    @property
    def is_sound(self) -> bool:
        """Whether the content is still what its digest says."""
        return digest(self.kind, self.content) == self.digest

    def spec(self, model: type[S]) -> S:
        """The content as a noun."""
        return model.model_validate(self.content)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One version with its parts by digest: of a prompt those that it includes, of an app also prompt, RAG
    configuration and policy. `snapshot` is what an alias pins of the app's index."""

    main: Resolved
    parts: Mapping[str, Resolved] = field(default_factory=dict)
    snapshot: Snapshot | None = None

    def __iter__(self) -> Iterator[Resolved]:
        yield self.main
        yield from self.parts.values()

    @property
    def key(self) -> tuple[str, Snapshot | None]:
        """What tells apart two things that answer differently."""
        return self.main.digest, self.snapshot

    def prompt(self) -> Prompt:
        """The prompt, ready to render; of an app the one that it pins."""
        found = self.main if self.main.kind == "prompt" else self.parts[self.main.spec(AppSpec).prompt.digest]
        spec = found.spec(PromptSpec)
        includes = {name: str(self.parts[wanted].content["body"]) for name, wanted in spec.includes.items()}
        return Prompt(found.name, found.digest, spec, found.number, includes)

    def app(self) -> LoadedApp:
        """The app with its prompt and its RAG configuration."""
        spec = self.main.spec(AppSpec)
        rag = self.parts[spec.rag.digest].spec(RagSpec) if spec.rag else None
        policy = self.parts[spec.policy.digest].spec(PolicySpec) if spec.policy else None
        return LoadedApp(spec, self.prompt(), rag, policy)


def gather(found: Resolved, resolve: Callable[[Ref], Resolved]) -> Bundle:
    """Find the parts of a prompt or an app; a policy, a monitor and a model have none.

    Raises:
        NotFound: one is gone.
    """
    parts: dict[str, Resolved] = {}
    if found.kind in ("policy", "monitor", "model"):
        return Bundle(found)
    prompt = found
    if found.kind == "app":
        spec = found.spec(AppSpec)
        prompt = parts[spec.prompt.digest] = resolve(Ref("prompt", spec.prompt.name, spec.prompt.digest))
        if spec.rag is not None:
            parts[spec.rag.digest] = resolve(Ref("rag", spec.rag.name, spec.rag.digest))
        if spec.policy is not None:
            parts[spec.policy.digest] = resolve(Ref("policy", spec.policy.name, spec.policy.digest))
    for name, wanted in prompt.spec(PromptSpec).includes.items():
        parts[wanted] = resolve(Ref("prompt", parse_ref(name, "prompt").name, wanted))
    return Bundle(found, parts)
