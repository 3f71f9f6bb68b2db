"""Prompts of MLflow's registry, as plain data: what its client gives, or a JSON file of it."""

import re
from typing import Final

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.langfuse import convert_chat
from llmops.registry.exchange.foreign.model_settings import read_settings
from llmops.registry.exchange.foreign.mustache import Variables
from llmops.registry.exchange.foreign.prompt_text import PromptText
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

_JINJA: Final = re.compile(r"\{%.*?%\}", re.DOTALL)


def convert_mlflow(conversion: Conversion, document: YamlDocument) -> None:
    """Convert a list of prompt versions, each a map with `name`, `version`, `template` and what else MLflow keeps.

    Raises:
        InvalidFile: it is no such list.
    """
    entries = document.data if isinstance(document.data, list) else [document.data]
    at: list[Place] = [(index,) for index in range(len(entries))] if isinstance(document.data, list) else [()]
    found = [(place, item) for place, item in zip(at, entries, strict=True) if _is_prompt(item)]
    if not found:
        raise document.error((), "there is no MLflow prompt here", hint='Each has "name" and "template".')
    newest: dict[str, int] = {}
    for _, item in found:
        newest[item["name"]] = max(int(item.get("version") or 0), newest.get(item["name"], 0))
    for place, item in found:
        version = int(item.get("version") or 0)
        if version < newest[item["name"]]:
            conversion.note(
                document, place,
                f"version {version} of {item['name']!r} was left out; version {newest[item['name']]} is converted",
            )  # fmt: skip
        else:
            _convert(conversion, document, place, item)


def _is_prompt(item: Json) -> bool:
    return (
        isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("template"), (str, list))
    )


def _convert(conversion: Conversion, document: YamlDocument, at: Place, item: dict[str, Json]) -> None:
    variables = Variables(conversion, str(document.path))
    template = item["template"]
    config = item.get("model_config")
    config = dict(config) if isinstance(config, dict) else {}
    provider = str(config.pop("provider", "") or "")
    extra = config.pop("extra_params", None)
    settings = read_settings(
        conversion, document, (*at, "model_config"), {**config, **(extra if isinstance(extra, dict) else {})}, provider
    )
    if isinstance(template, str) and _JINJA.search(template):
        messages = [("user", template)]
    elif isinstance(template, str):
        messages = [("user", variables.convert(template, document.line((*at, "template"))))]
    else:
        messages = convert_chat(conversion, document, (*at, "template"), template, variables)
    for key, what in (("aliases", "aliases are set by llmops promote"), ("tags", "")):
        values = item.get(key)
        if values and isinstance(values, (list, dict)):
            conversion.note(
                document, (*at, key),
                f"{key} of {item['name']!r} not converted: {', '.join(sorted(map(str, values)))}{'; ' * bool(what)}{what}",
            )  # fmt: skip
    output = item.get("response_format")
    message = item.get("commit_message")
    prompt = PromptText(
        description=message.strip() if isinstance(message, str) else "",
        model=settings.model,
        parameters=settings.parameters,
        inputs=dict.fromkeys(variables.names, "any"),
        output=output if isinstance(output, dict) else settings.output,
        tools=settings.tools,
        messages=messages,
    )
    conversion.add("prompt", item["name"], prompt.write(), str(document.path))
