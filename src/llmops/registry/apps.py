"""From an app's file to what is stored: every part pinned, model and parameters resolved."""

from collections.abc import Callable
from dataclasses import dataclass

from llmops.domain.artifact import AppFile, AppSpec, Pin, PromptSpec
from llmops.domain.corpus import RagSpec
from llmops.domain.policy import PolicySpec
from llmops.registry.prompts import Prompt
from llmops.text.yaml import YamlDocument, validate


@dataclass(frozen=True, slots=True)
class LoadedApp:
    """An app with its parts: the prompt ready to render, RAG configuration and policy where it has them."""

    spec: AppSpec
    prompt: Prompt
    rag: RagSpec | None
    policy: PolicySpec | None = None


@dataclass(frozen=True, slots=True)
class AppParts:
    """What pins the parts of an app: by the ref that is written there, or what is written there inline."""

    prompt: Callable[[str | None], tuple[Pin, PromptSpec]]
    rag: Callable[[str | None], Pin]
    policy: Callable[[str | None], Pin]


def read_app(document: YamlDocument, parts: AppParts, default_model: str) -> AppSpec:
    """Read an app file. Model and parameters: app, then prompt, then the workspace's default, merged key by key.

    Raises:
        InvalidFile: with the line.
    """
    data = document.data
    inline = {key for key in ("prompt", "rag", "policy") if isinstance(data, dict) and isinstance(data.get(key), dict)}
    # An inline part has its own reader, which knows shorthands and resolves includes; here any name stands for it.
    outline = document.with_data(
        {key: "inline" if key in inline else value for key, value in data.items()} if inline else data
    )
    written = validate(AppFile, outline)
    prompt, prompt_spec = parts.prompt(None if "prompt" in inline else str(written.prompt))
    rag = parts.rag(None if "rag" in inline else str(written.rag)) if written.rag is not None else None
    policy = parts.policy(None if "policy" in inline else str(written.policy)) if written.policy is not None else None
    return AppSpec(
        description=written.description,
        prompt=prompt,
        rag=rag,
        policy=policy,
        model=written.model or prompt_spec.model or default_model,
        parameters={**prompt_spec.parameters, **written.parameters},
        fallbacks=written.fallbacks,
        block_message=written.block_message,
        snapshot=written.snapshot or None,
    )
