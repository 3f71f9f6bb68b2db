"""The declared inputs of a prompt: how they are written, and whether values fit them."""

from collections.abc import Iterable, Mapping
from typing import Final

from llmops.core.errors import RenderError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.domain.artifact import InputSpec
from llmops.domain.corpus import Context
from llmops.text.templates import json_like
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

CONTEXTS: Final = "contexts"
HISTORY: Final = "history"

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list, tuple),
    "object": (dict,), "any": (object,),
}  # fmt: skip


def write_out(document: YamlDocument, at: Place) -> YamlDocument:
    """Turn the shorthand `question: string` of an inputs map into `question: {type: string}`.

    Raises:
        InvalidFile: an input is called `history`, or its name is none that a template could use.
    """
    inputs = document.data
    for part in at:
        inputs = inputs.get(part) if isinstance(inputs, dict) else None
    if not isinstance(inputs, dict):
        return document
    for name in inputs:
        if name == HISTORY:
            raise document.error(
                (*at, name),
                "an input cannot be called 'history'",
                hint="Earlier turns are placed by a line `history:`.",
            )
        if not name.isidentifier():
            raise document.error((*at, name), f"{name!r} cannot be used in a template", hint="Write it as one_word.")
    full = {
        name: {"type": "any"} if spec is None else {"type": spec} if isinstance(spec, str) else spec
        for name, spec in inputs.items()
    }
    return document.with_data(_replaced(document.data, at, full))


def check_defaults(inputs: Mapping[str, InputSpec], document: YamlDocument, at: Place) -> None:
    """Refuse defaults that do not fit their own declaration."""
    for name, spec in inputs.items():
        problem = _misfit(spec, spec.default) if spec.default is not None else None
        if problem:
            raise document.error(
                (*at, name, "default"), f"the default of {name!r} {problem}", hint="Change one of them."
            )


def fill_inputs(inputs: Mapping[str, InputSpec], values: Mapping[str, Json], prompt: str) -> dict[str, Json]:
    """Values for every input: those given, checked and copied, then defaults.

    Raises:
        RenderError: one is missing, unknown, of the wrong type, none of the allowed values, or no JSON.
    """
    filled: dict[str, Json] = {}
    for name, value in values.items():
        spec = inputs.get(name)
        if spec is None:
            raise RenderError(
                f"{prompt} has no input {name!r}",
                hint=did_you_mean(name, inputs) or "It takes no inputs; add it to `inputs:` or leave it out.",
            )
        if type(value) is not str:
            value = json_like(_contexts(value) if name == CONTEXTS else value, name)
        problem = _misfit(spec, value) if value is not None or not spec.optional else None
        if problem:
            raise RenderError(f"the input {name!r} of {prompt} {problem}", hint="Pass another value.")
        filled[name] = value
    if len(filled) < len(inputs):
        _fill_defaults(inputs, filled, prompt)
    return filled


def _fill_defaults(inputs: Mapping[str, InputSpec], filled: dict[str, Json], prompt: str) -> None:
    missing = []
    for name, spec in inputs.items():
        if name not in filled:
            if spec.default is None and not spec.optional:
                missing.append(name)
            filled[name] = spec.default
    if missing:
        names = ", ".join(repr(name) for name in missing)
        raise RenderError(
            f"{prompt} needs a value for {names}",
            hint="Give " + ", ".join(f"{name}=[…]" if name == CONTEXTS else f"{name}=…" for name in missing) + ".",
        )


def _misfit(spec: InputSpec, value: Json) -> str | None:
    """What is wrong with a value, as the end of a sentence."""
    if spec.enum and value not in spec.enum:
        return f"is {value!r}, which is none of {', '.join(map(repr, spec.enum))}"
    if spec.type == "any":
        return None
    fits = isinstance(value, _TYPES[spec.type]) and (spec.type == "boolean" or not isinstance(value, bool))
    return None if fits else f"must be of type {spec.type}, not {_named(value)}"


def _named(value: Json) -> str:
    for name, kinds in _TYPES.items():
        if isinstance(value, kinds) and (name == "boolean" or not isinstance(value, bool)) and value is not None:
            return name
    return "null"


def _contexts(value: Json) -> Json:
    """Contexts as a template sees them: `number` is what a mark `[n]` in the answer points to."""
    if not isinstance(value, Iterable) or isinstance(value, (str, dict)):
        return value
    return [
        {"number": number, "id": item.id, "text": item.text, "score": item.score, "metadata": item.metadata}
        if isinstance(item, Context)
        else item
        for number, item in enumerate(value, 1)
    ]


def _replaced(data: Json, at: Place, value: Json) -> Json:
    if not at:
        return value
    return {**data, at[0]: _replaced(data[at[0]], at[1:], value)}
