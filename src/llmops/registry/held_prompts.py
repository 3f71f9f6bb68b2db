"""What retrieval asks models with: prompts that a RAG configuration holds in full, so that its digest says what they say.

A name means the workspace's prompt of that name, else the one of this package; so a later version of this package changes no
configuration that is registered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from llmops.domain.artifact import PromptSpec
from llmops.domain.retrieval import RERANK, HeldPrompt, RetrievalSpec
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

_ASKING: Final = ("rewrite", "queries", "rerank")
_NO_MODEL: Final = "offline/"


@dataclass(frozen=True, slots=True)
class Holding:
    """Finds a prompt by its name at a place of the file, and says which model is meant where none is named."""

    prompt: Callable[[str, Place], tuple[str, PromptSpec]]
    model: str


def hold_prompts(document: YamlDocument, spec: RetrievalSpec, holding: Holding, at: Place) -> RetrievalSpec:
    """Put prompts in place of their names, and name the models.

    Raises:
        InvalidFile: there is no such prompt, it includes others, or the model is none that could be asked.
    """
    changes: dict[str, object] = {}
    for name in _ASKING:
        written = getattr(spec, name)
        if written is None:
            continue
        if name == "rerank" and written.method != "llm":
            continue
        model = written.model or holding.model
        if model.startswith(_NO_MODEL):
            raise document.error(
                (*at, name),
                f"{model} is no language model, so retrieval.{name} cannot ask it",
                hint=f"Name one: {name}: {{model: openai/gpt-4o-mini}}, or leave {name} out.",
            )
        called = written.prompt or RERANK
        digest, found = holding.prompt(called, (*at, name, "prompt"))
        if found.includes:
            raise document.error(
                (*at, name, "prompt"),
                f"the prompt {called!r} includes others, and one of retrieval must hold all that it says",
                hint="Write out what it includes.",
            )
        held = HeldPrompt(name=called, digest=digest, spec=found)
        changes[name] = written.model_copy(update={"model": model, "prompt": held})
    return spec.model_copy(update=changes) if changes else spec
