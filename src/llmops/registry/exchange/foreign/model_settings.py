"""Models and parameters as other tools write them, in llmops' words: `provider/model`, and OpenAI's names of parameters."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.text.yaml import YamlDocument, dotted
from llmops.text.yaml_builder import Place

_BY_NAME: Final = (
    (re.compile(r"gpt-|o[134](-|$)|chatgpt-|ft:gpt-", re.IGNORECASE), "openai"),
    (re.compile(r"claude-", re.IGNORECASE), "anthropic"),
    (re.compile(r"gemini-", re.IGNORECASE), "gemini"),
    (re.compile(r"(open-)?mi[sx]tral-|codestral", re.IGNORECASE), "mistral"),
    (re.compile(r"command-", re.IGNORECASE), "cohere"),
    (re.compile(r"deepseek-", re.IGNORECASE), "deepseek"),
    (re.compile(r"grok-", re.IGNORECASE), "xai"),
)
_PROVIDERS: Final[Mapping[str, str]] = {
    "googleai": "gemini", "google": "gemini", "google-genai": "gemini", "vertexai": "vertex_ai", "vertex": "vertex_ai",
    "azure_openai": "azure", "azureopenai": "azure", "azure-openai": "azure", "foundry": "azure", "openai": "openai",
    "anthropic": "anthropic", "mistral": "mistral", "mistralai": "mistral", "ollama": "ollama", "groq": "groq",
    "bedrock": "bedrock", "cohere": "cohere", "deepseek": "deepseek", "xai": "xai", "openrouter": "openrouter",
    "together": "together_ai", "togetherai": "together_ai", "azure": "azure", "gemini": "gemini", "vertex_ai": "vertex_ai",
}  # fmt: skip
_PARAMETERS: Final = frozenset({
    "temperature", "top_p", "top_k", "min_p", "max_tokens", "max_completion_tokens", "frequency_penalty",
    "presence_penalty", "stop", "seed", "n", "logit_bias", "logprobs", "top_logprobs", "response_format",
    "tool_choice", "parallel_tool_calls", "reasoning_effort", "verbosity",
})  # fmt: skip
_RENAMED: Final[Mapping[str, str]] = {
    "max_output_tokens": "max_tokens", "max_new_tokens": "max_tokens", "max_tokens_to_sample": "max_tokens",
    "stop_sequences": "stop", "model_name": "model", "model_id": "model",
}  # fmt: skip
_SECRET: Final = re.compile(r".*(key|secret|token|password|credential|authorization)", re.IGNORECASE)


@dataclass(slots=True)
class ModelSettings:
    """What a configuration says about the model call."""

    model: str | None = None
    parameters: dict[str, Json] = field(default_factory=dict)
    output: Json = None
    tools: list[Json] = field(default_factory=list)


def model_name(text: str, provider: str = "") -> str | None:
    """`provider/model`, or None where the provider is not known."""
    text = text.strip()
    known = _PROVIDERS.get(provider.strip().lower())
    if known and text:
        return text if text.startswith(f"{known}/") else f"{known}/{text}"
    head, slash, rest = text.partition("/")
    if slash:
        return f"{_PROVIDERS.get(head.lower(), head)}/{rest}"
    return next((f"{name}/{text}" for pattern, name in _BY_NAME if pattern.match(text)), None)


def read_model(
    conversion: Conversion, document: YamlDocument, at: Place, value: Json, provider: str = ""
) -> str | None:
    """A model in llmops' words, with a remark where it names no provider that is known."""
    if not isinstance(value, str) or not value.strip() or "${" in value or value.startswith("<"):
        if value:
            conversion.note(document, at, f"the model {_short(value)} is a placeholder; write `model:` yourself")
        return None
    found = model_name(value, provider)
    if found is None:
        conversion.note(document, at, f"the model {value!r} names no provider; write `model: PROVIDER/{value}`")
    return found


def read_settings(
    conversion: Conversion, document: YamlDocument, at: Place, config: Mapping[str, Json], provider: str = ""
) -> ModelSettings:
    """Sort the keys of a model configuration; those that mean nothing here are remarked on."""
    found = ModelSettings()
    for key, value in config.items():
        name = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", key).lower().replace("-", "_")
        name = _RENAMED.get(name, name)
        place = (*at, key)
        if value is None:
            continue
        if name == "model":
            found.model = read_model(conversion, document, place, value, provider)
        elif name == "response_format" and _schema_of(value) is not None:
            found.output = _schema_of(value)
        elif name == "tools" and isinstance(value, list):
            found.tools = read_tools(conversion, document, place, value)
        elif name in _PARAMETERS:
            found.parameters[name] = value
        elif _SECRET.fullmatch(name) and isinstance(value, str):
            conversion.note(document, place, f"{dotted(place)} is a credential; name its variable in llmops.toml")
        else:
            conversion.note(document, place, f"{dotted(place)} is no parameter of a model and was left out")
    return found


def read_tools(conversion: Conversion, document: YamlDocument, at: Place, value: list[Json]) -> list[Json]:
    """Tools in the OpenAI shape; others are remarked on."""
    tools = []
    for index, tool in enumerate(value):
        if isinstance(tool, dict) and tool.get("type") == "function" and isinstance(tool.get("function"), dict):
            tools.append(tool)
        else:
            conversion.note(
                document, (*at, index), f"the tool {_short(tool)} is not in the OpenAI shape and was left out"
            )
    return tools


def _schema_of(value: Json) -> Json:
    """The JSON Schema in an OpenAI `response_format`, if there is one."""
    inner = value.get("json_schema") if isinstance(value, dict) else None
    return inner.get("schema") if isinstance(inner, dict) else None


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
