"""Strict YAML that knows its lines.

Every value keeps the line it stands on, and nothing but text, numbers, booleans, null, lists and maps can come out. Plain
words mean what they mean in YAML 1.2: `on`, `off`, `yes`, `no`, dates and `1:30` stay text, and a map's keys are always
text. `validate` turns a document into a noun, and every complaint into an error that names file, line, key and a way out.
"""

import json
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.text.yaml_builder import DocumentBuilder, Place

T = TypeVar("T", bound=BaseModel)

MAX_CHARACTERS: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A parsed document. `lines` maps places to line numbers from 1: a key's own line, or that of a list's item."""

    path: Path | str
    data: Json
    lines: Mapping[Place, int]

    def line(self, at: Place) -> int | None:
        """The line of a place, or of the nearest place around it that is known."""
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at)

    def error(self, at: Place, problem: str, *, hint: str = "") -> InvalidFile:
        """Make the error that points at a place of this document."""
        return InvalidFile(self.path, problem, line=self.line(at), key=dotted(at) or None, hint=hint)

    def with_data(self, data: Json) -> "YamlDocument":
        """The same places with other data, for a shorthand that was written out."""
        return replace(self, data=data)


def read_yaml(path: Path, shown: Path | str | None = None) -> YamlDocument:
    """Read a file; `shown` is what messages call it (the path itself by default).

    Raises:
        InvalidFile: it cannot be read, or is no YAML of the strict kind.
    """
    return parse_yaml(read_text(path, shown), path if shown is None else shown)


def read_text(path: Path, shown: Path | str | None = None) -> str:
    """Read a UTF-8 file of the workspace with `\\n` line ends; InvalidFile when that is impossible."""
    shown = path if shown is None else shown
    try:
        with path.open("rb") as stream:
            raw = stream.read()
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError as error:
        raise InvalidFile(shown, "there is no such file", hint="Check the path; it is relative to here.") from error
    except OSError as error:
        raise InvalidFile(
            shown, f"cannot be read: {error.strerror}", hint="Check the path and its permissions."
        ) from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InvalidFile(shown, "this is not UTF-8 text", line=line, hint="Save the file as UTF-8.") from error


def parse_yaml(text: str, path: Path | str, *, first_line: int = 1) -> YamlDocument:
    """Parse one document. `first_line` is the line of the file on which the text begins (front matter).

    Raises:
        InvalidFile: syntax, a duplicate key, a tag, a key that is no text, too deep, too large, too many aliases.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidFile(path, f"{len(text):,} characters of YAML are too many", hint="Use .jsonl for many records.")
    builder = DocumentBuilder(path, first_line)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        # What was opened and never closed is found where it was opened; libyaml notices only at the end.
        unclosed = any(word in (error.context or "") for word in ("flow", "quoted", "simple key"))
        mark = error.context_mark if unclosed and error.context_mark else error.problem_mark
        line = mark.line + first_line if mark else None
        raise InvalidFile(path, f"this is no YAML: {_explain(error)}", line=line, hint=_advise(error)) from error
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        line = text.count("\n", 0, position) + first_line
        raise InvalidFile(path, f"this is no YAML: {error.reason}", line=line, hint="Remove that character.") from error
    return YamlDocument(path, builder.result, builder.lines)


def dotted(at: Place) -> str:
    """Write a place as people read it: `scorers[0].min`."""
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _explain(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.context, error.problem) if part)


def _advise(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "\\t" in problem or "cannot start any token" in problem:
        return "Indent with spaces, not tabs; quote text that begins with @, ` or %."
    if "mapping values are not allowed" in problem:
        return "Quote text that contains ': '."
    return "Check indentation, quotes and brackets around this line."


_WANTED: Final[Mapping[str, str]] = {
    "string": "must be text",
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "dict": "must be a map",
    "model": "must be a map",
    "tuple": "must be a list",
    "list": "must be a list",
}


def validate(model: type[T], document: YamlDocument, *, at: Place = ()) -> T:
    """Read the data of a document (or the part of it at a place) as a noun. Types are not converted: `"3"` is no number.

    Raises:
        InvalidFile: with line, key, what is wrong, and the nearest valid key where one is unknown.
    """
    data = document.data
    for part in at:
        data = data[part]
    try:
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise _complaint(model, document, at, data, error.errors(include_url=False, include_context=False)) from error


def _complaint(
    model: type[BaseModel], document: YamlDocument, at: Place, data: Json, errors: Iterable[ErrorDetails]
) -> InvalidFile:
    """The most telling of the errors: an unknown key explains a missing one, and a deep one a type that does not fit."""
    located = [(_locate(error, data), error) for error in errors]
    place, first = min(located, key=lambda pair: (pair[1]["type"] != "extra_forbidden", -len(pair[0])))
    kind, whole = first["type"], (*at, *place)
    if kind == "extra_forbidden":
        key = str(place[-1])
        known = _keys(model, place[:-1])
        return document.error(whole, f"unknown key {dotted(place)!r}", hint=did_you_mean(key, known))
    if kind == "missing":
        return document.error(whole, f"{dotted(place)!r} is missing", hint=f"Add a line `{place[-1]}: …`.")
    name = dotted(whole) or "the file"
    given = _shown(first["input"])
    for prefix, wanted in _WANTED.items():
        if kind.startswith(prefix + "_") and kind.endswith(("_type", "_parsing", "_from_float")):
            return document.error(whole, f"{name} {wanted}, not {given}", hint="Change the value on this line.")
    if kind == "literal_error":
        words = _choices(model, place)
        return document.error(
            whole, f"{name} cannot be {given}", hint=did_you_mean(str(first["input"]), words) if words else first["msg"]
        )
    if kind == "too_short":
        return document.error(whole, f"{name} is empty", hint="Give it at least one entry.")
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return document.error(whole, f"{name}: {message}, not {given}" if place else message, hint="Change this value.")


def _locate(error: ErrorDetails, data: Json) -> Place:
    """Pydantic's location without the names of union members, which stand in no file."""
    place: list[str | int] = []
    last = len(error["loc"]) - 1
    for index, part in enumerate(error["loc"]):
        is_there = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if is_there:
            place.append(part)
            data = data[part]
        elif index == last and error["type"] == "missing":
            place.append(part)
    return tuple(place)


def _annotations(annotation: object, part: str | int) -> list[object]:
    """What can stand at a key or position of something so annotated."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return [found for member in arguments for found in _annotations(member, part)]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        return [field.annotation] if field else []
    return [arguments[-1] if origin is dict else arguments[0]] if arguments and origin in (dict, list, tuple) else []


def _reach(model: type[BaseModel], place: Place) -> list[object]:
    found: list[object] = [model]
    for part in place:
        found = [inner for annotation in found for inner in _annotations(annotation, part)]
    return found


def _members(annotation: object) -> list[object]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return list(typing.get_args(annotation))
    return [annotation]


def _keys(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that may stand in the map at a place."""
    members = [member for annotation in _reach(model, place) for member in _members(annotation)]
    return [
        key
        for member in members
        if isinstance(member, type) and issubclass(member, BaseModel)
        for key in member.model_fields
    ]


def _choices(model: type[BaseModel], place: Place) -> list[str]:
    """The words that may stand at a place."""
    members = [member for annotation in _reach(model, place) for member in _members(annotation)]
    return [
        str(word)
        for member in members
        if typing.get_origin(member) is typing.Literal
        for word in typing.get_args(member)
    ]


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"
