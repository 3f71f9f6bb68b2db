"""Dotprompt files (`.prompt`): YAML front matter and a Handlebars body."""

from pathlib import PurePath
from typing import Final

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.front_matter import FrontMatter, split
from llmops.registry.exchange.foreign.handlebars import Handlebars
from llmops.registry.exchange.foreign.model_settings import ModelSettings, read_model, read_settings, read_tools
from llmops.registry.exchange.foreign.picoschema import inputs_of, to_schema
from llmops.registry.exchange.foreign.prompt_text import PromptText
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

_KNOWN: Final = frozenset({"name", "variant", "description", "model", "config", "input", "output", "tools"})


def convert_dotprompt(conversion: Conversion, text: str, shown: str, name: str) -> None:
    """Convert one file; `name` is its path below the folder of prompts, without `.prompt`.

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
    template = Handlebars(conversion, shown)
    template.convert(front.body, front.body_line)
    prompt = PromptText(
        description=str(data.get("description") or ""),
        model=settings.model,
        parameters=settings.parameters,
        inputs=_inputs(conversion, front, template),
        output=_output(conversion, document),
        tools=settings.tools,
        messages=template.messages,
    )
    added = conversion.add("prompt", _name(data, name), prompt.write(), shown)
    conversion.inputs[added] = (*template.names, *(key for key in prompt.inputs if key not in template.names))


def _name(data: dict[str, Json], name: str) -> str:
    """The path of the file, in which `_` marks a partial; a name or variant in the front matter replaces the last part."""
    path = PurePath(name)
    own = data.get("name")
    last = own if isinstance(own, str) and own else path.name.lstrip("_")
    variant = data.get("variant")
    if isinstance(variant, str) and variant:
        last = f"{last}.{variant}"
    return last if "/" in last else (path.parent / last).as_posix()


def _settings(conversion: Conversion, document: YamlDocument) -> ModelSettings:
    data = document.data
    config = data.get("config")
    settings = read_settings(conversion, document, ("config",), config if isinstance(config, dict) else {})
    if "model" in data:
        settings.model = read_model(conversion, document, ("model",), data["model"])
    tools = data.get("tools")
    if isinstance(tools, list):
        settings.tools = read_tools(conversion, document, ("tools",), tools)
    return settings


def _inputs(conversion: Conversion, front: FrontMatter, template: Handlebars) -> dict[str, Json]:
    """Declared inputs, and names that the body and its partials use besides; none where a partial is not known."""
    document = front.document
    given = document.data.get("input")
    given = given if isinstance(given, dict) else {}
    schema = _schema(conversion, document, ("input", "schema"), given.get("schema"))
    defaults = given.get("default")
    inputs = inputs_of(
        conversion, document, ("input", "schema"), schema, defaults if isinstance(defaults, dict) else {}
    )
    unknown = [name for name in template.includes if name not in conversion.inputs]
    if unknown:
        if inputs:
            conversion.note(
                document,
                ("input",),
                f"inputs were not declared, since {', '.join(unknown)} may use others; import it too",
            )
        return {}
    used = [*template.names, *(name for partial in template.includes for name in conversion.inputs[partial])]
    return {**inputs, **{name: {"type": "any", "optional": True} for name in used if name not in inputs}}


def _output(conversion: Conversion, document: YamlDocument) -> Json:
    given = document.data.get("output")
    if not isinstance(given, dict):
        return None
    schema = _schema(conversion, document, ("output", "schema"), given.get("schema"))
    form = given.get("format")
    if schema is None and form == "json":
        return {"type": "object"}
    if form not in (None, "json", "text"):
        conversion.note(document, ("output", "format"), f"the output format {form!r} was left out")
    return schema


def _schema(conversion: Conversion, document: YamlDocument, at: Place, value: Json) -> Json:
    if value is None:
        return None
    try:
        return to_schema(value)
    except ValueError as error:
        conversion.note(document, at, f"the schema was left out: {error}")
        return None
