"""Prompty files (`.prompty`): YAML front matter, and a Jinja2 body with lines such as `system:`."""

import re
from typing import Final

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.front_matter import FrontMatter, split
from llmops.registry.exchange.foreign.handlebars import Handlebars
from llmops.registry.exchange.foreign.langfuse import ROLES
from llmops.registry.exchange.foreign.model_settings import ModelSettings, read_model, read_settings, read_tools
from llmops.registry.exchange.foreign.picoschema import input_of
from llmops.registry.exchange.foreign.prompt_text import PromptText, variable
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

_KNOWN: Final = frozenset({"name", "description", "model", "inputs", "outputs", "sample", "tools", "template"})
_CONNECTION: Final = frozenset(
    {"type", "azure_endpoint", "api_version", "azure_deployment", "name", "model", "base_url", "provider"}
)
_ROLE: Final = re.compile(
    r"^[ \t]*#?[ \t]*(system|user|assistant|developer|function|tool)[ \t]*(\[.*\])?[ \t]*:[ \t]*$", re.IGNORECASE
)
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_OTHER_ENGINES: Final = ("mustache", "handlebars")


def convert_prompty(conversion: Conversion, text: str, shown: str, name: str) -> None:
    """Convert one file; `name` is its path without `.prompty`, for a file that names itself nothing.

    Raises:
        InvalidFile: the front matter is no YAML map.
    """
    front = split(text, shown)
    document = front.document
    data = document.data
    for key in data:
        if key not in _KNOWN:
            conversion.note(document, (key,), f"{key!r} has no counterpart and was left out")
    settings = _settings(conversion, document)
    inputs = _inputs(conversion, document)
    prompt = PromptText(
        description=str(data.get("description") or ""),
        model=settings.model,
        parameters=settings.parameters,
        inputs=inputs,
        output=_output(conversion, document) or settings.output,
        tools=settings.tools,
        messages=_messages(conversion, front),
    )
    conversion.add("prompt", name, prompt.write(), shown)


def _settings(conversion: Conversion, document: YamlDocument) -> ModelSettings:
    model = document.data.get("model")
    if isinstance(model, str):
        settings = ModelSettings(model=read_model(conversion, document, ("model",), model))
    elif isinstance(model, dict):
        settings = _model(conversion, document, model)
    else:
        settings = ModelSettings()
    tools = document.data.get("tools")
    if isinstance(tools, list):
        settings.tools += read_tools(conversion, document, ("tools",), tools)
    return settings


def _model(conversion: Conversion, document: YamlDocument, model: dict[str, Json]) -> ModelSettings:
    """Both forms: `configuration` and `parameters`, or the newer `id`, `provider`, `connection` and `options`."""
    at: Place = ("model",)
    key = "configuration" if isinstance(model.get("configuration"), dict) else "connection"
    connection = model[key] if isinstance(model.get(key), dict) else {}
    provider = str(model.get("provider") or connection.get("provider") or connection.get("type") or "")
    parameters = next((name for name in ("parameters", "options") if isinstance(model.get(name), dict)), "parameters")
    settings = read_settings(conversion, document, (*at, parameters), model.get(parameters) or {}, provider)
    named: list[tuple[Place, Json]] = [(("id",), model.get("id"))]
    named += [((key, name), connection.get(name)) for name in ("azure_deployment", "name", "model")]
    for place, value in named:
        if value and settings.model is None:
            settings.model = read_model(conversion, document, (*at, *place), value, provider)
    for name in connection:
        if name not in _CONNECTION or name in ("azure_endpoint", "base_url"):
            what = "belongs into [connections] of llmops.toml" if name not in ("api_version",) else "was left out"
            conversion.note(document, (*at, key, name), f"{name!r} {what}")
    if model.get("api") not in (None, "chat"):
        conversion.note(document, (*at, "api"), f"the API {model['api']!r} was left out; llmops asks chat models")
    if model.get("response") not in (None, "first"):
        conversion.note(document, (*at, "response"), "`response` was left out: a reply is always the first choice")
    return settings


def _inputs(conversion: Conversion, document: YamlDocument) -> dict[str, Json]:
    given, sample = document.data.get("inputs"), document.data.get("sample")
    if isinstance(given, dict) and isinstance(given.get("properties"), (dict, list)):
        given = given["properties"]
    fields: dict[str, tuple[Place, Json]] = {}
    if isinstance(given, dict):
        fields = {key: (("inputs", key), value) for key, value in given.items()}
    elif isinstance(given, list):
        fields = {
            str(item["name"]): (("inputs", index), item)
            for index, item in enumerate(given)
            if isinstance(item, dict) and item.get("name")
        }
    if isinstance(sample, dict):
        fields |= {
            key: (("sample", key), {"type": _type_of(value)}) for key, value in sample.items() if key not in fields
        }
    if sample is not None:
        conversion.note(
            document, ("sample",), "the sample values were not kept; put them into a dataset in evals/data/"
        )
    inputs: dict[str, Json] = {}
    for key, (place, value) in fields.items():
        name = variable(key)
        if name is None or name != key:
            conversion.note(document, place, f"the input {key!r} cannot be called so here; {name or 'it was left out'}")
        if name is not None:
            inputs[name] = _input(conversion, document, place, value)
    return inputs


def _input(conversion: Conversion, document: YamlDocument, place: Place, value: Json) -> Json:
    if not isinstance(value, dict):
        return input_of({"type": _type_of(value)}, value, optional=False)
    if "sample" in value or "example" in value:
        conversion.note(document, place, "the sample value was not kept; put it into a dataset in evals/data/")
    kind = value.get("type") or value.get("kind")
    kind = {"float": "number", "int": "integer", "bool": "boolean", "str": "string", "list": "array"}.get(
        str(kind), kind
    )
    return input_of({**value, "type": kind}, value.get("default"), optional=value.get("required") is False)


def _output(conversion: Conversion, document: YamlDocument) -> Json:
    given = document.data.get("outputs")
    if isinstance(given, dict) and given.get("type") == "object":
        return given
    if isinstance(given, dict) and given and all(isinstance(value, dict) for value in given.values()):
        return {"type": "object", "properties": given}
    if given:
        conversion.note(document, ("outputs",), "`outputs` is no JSON Schema and was left out")
    return None


def _messages(conversion: Conversion, front: FrontMatter) -> list[tuple[str, str]]:
    shown = str(front.document.path)
    messages: list[tuple[str, str, int]] = [("system", "", front.body_line)]
    for number, line in enumerate(front.body.split("\n"), front.body_line):
        found = _ROLE.fullmatch(line)
        if found and found[1].lower() in ROLES:
            messages.append((ROLES[found[1].lower()], "", number + 1))
            if found[2]:
                conversion.note_line(shown, number, f"{found[2]} was left out")
        elif found:
            conversion.note_line(shown, number, f"a message of role {found[1].lower()!r} is an assistant's here")
            messages.append(("assistant", "", number + 1))
        else:
            if _IMAGE.search(line):
                conversion.note_line(shown, number, "an image stays text; prompts are text only")
            messages[-1] = (messages[-1][0], messages[-1][1] + line + "\n", messages[-1][2])
    filled = [message for message in messages if message[1].strip()]
    if len(filled) == 1 and len(messages) == 1:
        filled = [("user", filled[0][1], filled[0][2])]
    engine = front.document.data.get("template")
    if isinstance(engine, dict):
        engine = engine.get("format") or engine.get("type") or engine.get("kind")
        engine = engine.get("kind") if isinstance(engine, dict) else engine
    if str(engine).lower() not in _OTHER_ENGINES:
        return [(role, text.strip("\n")) for role, text, _ in filled]
    found_messages: list[tuple[str, str]] = []
    for role, text, line_number in filled:
        template = Handlebars(conversion, shown)
        template.convert(text, line_number)
        found_messages += [(role, inner) for _, inner in template.messages]
    return found_messages


def _type_of(value: Json) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "any")
