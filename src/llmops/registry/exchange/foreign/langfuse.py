"""Prompts of Langfuse: one object of its API, a list of them, or `{"data": [...]}`."""

from collections.abc import Mapping
from typing import Final

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.model_settings import read_settings
from llmops.registry.exchange.foreign.mustache import Variables
from llmops.registry.exchange.foreign.prompt_text import PromptText
from llmops.text.json_document import parse_json
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

ROLES: Final[Mapping[str, str]] = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "assistant": "assistant",
    "ai": "assistant", "model": "assistant",
}  # fmt: skip


def convert_langfuse(conversion: Conversion, text: str, shown: str) -> None:
    """Convert every prompt of a JSON file; of one with several versions, the highest.

    Raises:
        InvalidFile: it is no JSON, or holds no prompts.
    """
    document = parse_json(text, shown)
    entries = _entries(document)
    newest: dict[str, int] = {}
    for _, entry in entries:
        if isinstance(entry.get("version"), int):
            newest[str(entry.get("name"))] = max(entry["version"], newest.get(str(entry.get("name")), 0))
    for place, entry in entries:
        name, version = entry.get("name"), entry.get("version")
        if not isinstance(name, str) or not name:
            conversion.note(document, place, "an entry without a name was left out")
        elif "prompt" not in entry:
            conversion.note(
                document, place, f"{name!r} comes without its text, as the list of Langfuse's API gives it: fetch "
                f"/api/public/v2/prompts/{name}",
            )  # fmt: skip
        elif isinstance(version, int) and version < newest[name]:
            conversion.note(
                document, place, f"version {version} of {name!r} was left out; version {newest[name]} is converted"
            )
        else:
            _convert(conversion, document, place, entry)


def _entries(document: YamlDocument) -> list[tuple[Place, dict[str, Json]]]:
    data: Json = document.data
    at: Place = ()
    if isinstance(data, dict) and isinstance(data.get("data"), list):
        data, at = data["data"], ("data",)
    if isinstance(data, dict) and "name" in data:
        return [((), data)]
    listed = data if isinstance(data, list) else []
    found: list[tuple[Place, dict[str, Json]]] = [
        ((*at, index), item) for index, item in enumerate(listed) if isinstance(item, dict)
    ]
    if not found:
        raise document.error((), "there is no Langfuse prompt in this file", hint="Save the API's answer as it is.")
    return found


def _convert(conversion: Conversion, document: YamlDocument, at: Place, entry: dict[str, Json]) -> None:
    config = entry.get("config")
    settings = read_settings(conversion, document, (*at, "config"), config if isinstance(config, dict) else {})
    variables = Variables(conversion, str(document.path))
    if isinstance(entry["prompt"], str):
        messages = [("user", variables.convert(entry["prompt"], document.line((*at, "prompt"))))]
    else:
        messages = convert_chat(conversion, document, (*at, "prompt"), entry["prompt"], variables)
    labels = [label for label in entry.get("labels") or [] if label != "latest"]
    for key, values, what in (("labels", labels, "aliases are set by llmops promote"), ("tags", entry.get("tags"), "")):
        if values:
            shown = ", ".join(map(str, values))
            conversion.note(
                document, (*at, key), f"{key} of {entry['name']!r} not converted: {shown}{'; ' * bool(what)}{what}"
            )
    message = entry.get("commitMessage")
    prompt = PromptText(
        description=message.strip() if isinstance(message, str) else "",
        model=settings.model,
        parameters=settings.parameters,
        inputs={} if variables.includes else dict.fromkeys(variables.names, "any"),
        output=settings.output,
        tools=settings.tools,
        messages=messages,
    )
    conversion.add("prompt", entry["name"], prompt.write(), str(document.path))


def convert_chat(
    conversion: Conversion, document: YamlDocument, at: Place, value: Json, variables: Variables
) -> list[tuple[str, str]]:
    """Messages in the OpenAI shape, and placeholders for earlier turns, of which one can be kept."""
    messages: list[tuple[str, str]] = []
    for index, item in enumerate(value if isinstance(value, list) else []):
        place = (*at, index)
        if not isinstance(item, dict):
            conversion.note(document, place, "this is no message and was left out")
        elif item.get("type") == "placeholder":
            name = item.get("name")
            if any(role == "history" for role, _ in messages):
                conversion.note(
                    document, place, f"a second placeholder, {name!r}, was left out: a prompt has one history"
                )
                continue
            messages.append(("history", ""))
            if name != "history":
                conversion.note(document, place, f"the placeholder {name!r} is `history:` here")
        elif not isinstance(item.get("content"), str) or str(item.get("role")) not in ROLES:
            conversion.note(
                document, place, f"a message of role {item.get('role')!r} that is no plain text was left out"
            )
        else:
            line = document.line((*place, "content"))
            messages.append((ROLES[item["role"]], variables.convert(item["content"], line)))
    return messages
