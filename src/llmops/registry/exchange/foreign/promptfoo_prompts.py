"""Prompts and providers of a promptfoo configuration."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.beside import Beside
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.langfuse import ROLES
from llmops.registry.exchange.foreign.model_settings import ModelSettings, model_name, read_settings
from llmops.text.json_document import parse_json
from llmops.text.yaml import YamlDocument, parse_yaml
from llmops.text.yaml_builder import Place

_PATH: Final = re.compile(
    r"(?:file://\S.*|[\w./*\[\]?-]+\.(?:txt|md|json|ya?ml|j2|js|cjs|mjs|ts|py|csv)(?::\w+)?)", re.ASCII
)
_CUT: Final = re.compile(r"^---[ \t]*$", re.MULTILINE)
_MODES: Final = frozenset(
    {"chat", "completion", "completions", "messages", "responses", "assistant", "text-generation"}
)
_ENV: Final = re.compile(r"\{\{-?\s*env\.")


@dataclass(frozen=True, slots=True)
class FoundPrompt:
    """A prompt with the messages it has, as pairs of role and template."""

    name: str
    messages: list[tuple[str, str]]
    file: str
    line: int | None


def read_prompts(conversion: Conversion, document: YamlDocument, beside: Beside, name: str) -> list[FoundPrompt]:
    """All prompts of a configuration; those that are programs are remarked on."""
    given = document.data.get("prompts")
    if isinstance(given, dict):  # the older form: path to label
        items: list[tuple[Place, Json]] = [
            (("prompts", key), {"id": key, "label": label}) for key, label in given.items()
        ]
    elif isinstance(given, str):
        items = [(("prompts",), given)]
    else:
        items = [(("prompts", index), item) for index, item in enumerate(given if isinstance(given, list) else [])]
    found: list[FoundPrompt] = []
    for place, item in items:
        label = ""
        if isinstance(item, dict):
            label = str(item.get("label") or item.get("display") or "")
            for key in item.keys() - {"label", "display", "raw", "id", "file"}:
                conversion.note(document, (*place, key), f"`{key}` of a prompt was left out")
            item = item.get("raw") or item.get("file") or item.get("id")
        if not isinstance(item, str) or not item.strip():
            conversion.note(document, place, "this is no prompt and was left out")
            continue
        try:
            found += _read(conversion, document, place, beside, item, label or name)
        except InvalidFile as error:
            conversion.note(document, place, f"{item} was left out: {error.problem}")
    for prompt in found:
        if any(_ENV.search(text) for _, text in prompt.messages):
            conversion.note_line(
                prompt.file, prompt.line, "prompts cannot read environment variables: env.… is an input here"
            )
    return found


def _read(
    conversion: Conversion, document: YamlDocument, at: Place, beside: Beside, item: str, label: str
) -> Iterator[FoundPrompt]:
    if not _PATH.fullmatch(item.strip()):
        yield FoundPrompt(label, _messages(item, "", str(document.path)), str(document.path), document.line(at))
        return
    for path in beside.find(item.strip()):
        shown = beside.name(path)
        ending = path.suffix.lower()
        if ending not in (".txt", ".md", ".json", ".yaml", ".yml", ".j2"):
            conversion.note(document, at, f"{item} was left out: a prompt that is a program or table is not converted")
            continue
        text = beside.read(path)
        parts = [part for part in _CUT.split(text) if part.strip()] if ending == ".txt" else [text]
        for part in parts:
            yield FoundPrompt(_stem(path), _messages(part, ending, shown), shown, 1)


def _stem(path: Path) -> str:
    return path.name.split(".")[0] or path.name


def _messages(text: str, ending: str, shown: str) -> list[tuple[str, str]]:
    """A conversation in JSON or YAML, else one user message."""
    try:
        if ending in (".yaml", ".yml"):
            data = parse_yaml(text, shown).data
        else:
            data = parse_json(text, shown).data if text.lstrip().startswith("[") else None
    except InvalidFile:
        data = None  # a template in the clothes of JSON
    if isinstance(data, list) and data and all(_is_message(item) for item in data):
        return [(ROLES[item["role"]], item["content"].strip("\n")) for item in data]
    return [("user", text.strip("\n"))]


def _is_message(item: Json) -> bool:
    return isinstance(item, dict) and item.get("role") in ROLES and isinstance(item.get("content"), str)


def read_provider(conversion: Conversion, document: YamlDocument) -> ModelSettings:
    """The first provider that is a model; the others are remarked on."""
    key = "providers" if "providers" in document.data else "targets"
    given = document.data.get(key)
    items = given if isinstance(given, list) else [given] if given is not None else []
    chosen: ModelSettings | None = None
    for index, item in enumerate(items):
        place: Place = (key, index) if isinstance(given, list) else (key,)
        config: Mapping[str, Json] = {}
        if isinstance(item, dict) and "id" not in item and len(item) == 1:
            ((item, inner),) = item.items()
            place = (*place, item)
            config = inner.get("config") or {} if isinstance(inner, dict) else {}
        elif isinstance(item, dict):
            config = item["config"] if isinstance(item.get("config"), dict) else {}
            item = item.get("id")
        model = _model(str(item))
        if model is None:
            conversion.note(
                document, place, f"the provider {str(item)!r} is no model that llmops knows; write `model:` yourself"
            )
        elif chosen is not None:
            conversion.note(
                document, place, f"the provider {item!r} was left out; try it with: llmops eval --model {model}"
            )
        else:
            chosen = read_settings(conversion, document, (*place, "config"), config)
            chosen.model = model
    return chosen or ModelSettings()


def _model(text: str) -> str | None:
    provider, colon, rest = text.partition(":")
    if text == "echo":
        return "offline/echo"
    if not colon or rest.startswith("//"):
        return None
    mode, colon, inner = rest.partition(":")
    found = model_name(inner if colon and mode in _MODES else rest, provider)
    return found if found and "/" in found else None
