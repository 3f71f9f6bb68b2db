"""From a prompt's file, or its inline form in an app, to what is stored: everything that can be wrong is found here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import Field

from llmops.core.errors import InvalidFile, RenderError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.domain.artifact import InputSpec, PromptSpec
from llmops.domain.noun import Noun
from llmops.registry.inputs import CONTEXTS, check_defaults, write_out
from llmops.registry.messages import opens_messages, split_messages
from llmops.registry.reading import Source
from llmops.text.templates import compile_template, find_includes
from llmops.text.yaml import YamlDocument, dotted, validate
from llmops.text.yaml_builder import Place

_LOCATED: Final = re.compile(r"(.+?):(\d+): (.*)", re.DOTALL)


class _PromptFields(Noun):
    """A prompt's fields as people write them; the body of a Markdown file stands below them."""

    description: str = ""
    body: str
    model: str | None = None
    parameters: dict[str, Json] = Field(default_factory=dict)
    inputs: dict[str, InputSpec] = Field(default_factory=dict)
    output: dict[str, Json] | None = None
    tools: tuple[dict[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Included:
    """A prompt that another one includes: its digest, its body and what it includes itself, by the names used for them."""

    digest: str
    body: str
    includes: Mapping[str, "Included"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a prompt's file may need to know. `include` finds the prompt that a name in `{% include "…" %}` means, or raises
    an InputError; `is_known` tells of a content whether it was checked and registered before."""

    include: Callable[[str], Included]
    is_known: Callable[[PromptSpec], bool]


def read_prompt(source: Source, around: Surroundings) -> PromptSpec:
    """Read a prompt file.

    Raises:
        InvalidFile: with the line.
    """
    document = source.document
    if source.body is None:
        return read_inline_prompt(document, (), around)
    if isinstance(document.data, dict):
        if "body" in document.data:
            raise document.error(
                ("body",), "the body of a .md prompt stands below the front matter", hint="Remove this key."
            )
        document = document.with_data({**document.data, "body": source.body})
    return _read(document, (), source.body_line, around)


def read_inline_prompt(document: YamlDocument, at: Place, around: Surroundings) -> PromptSpec:
    """Read a prompt that is written as a YAML map: a `.yaml` file, or a part of an app."""
    data = document.data
    for part in at:
        data = data[part]
    line = document.lines.get((*at, "body"), 1)
    is_block = isinstance(data, dict) and "\n" in str(data.get("body"))  # which begins below its key
    return _read(document, at, line + is_block, around)


def _read(document: YamlDocument, at: Place, body_line: int, around: Surroundings) -> PromptSpec:
    document = write_out(document, (*at, "inputs"))
    written = validate(_PromptFields, document, at=at)
    check_defaults(written.inputs, document, (*at, "inputs"))
    _check_schema(written.output, document, (*at, "output"))
    body = written.body.strip("\n")
    if not body.strip():
        raise document.error((*at, "body"), "the prompt has no text", hint="Write it below the front matter.")
    body_line += len(written.body) - len(written.body.lstrip("\n"))
    shown = str(document.path)
    try:
        includes = _gather(body, shown, body_line, around.include)
        fields = {name: value for name, value in written if name != "body"}
        spec = PromptSpec(**fields, body=body, includes={name: found.digest for name, found in includes.items()})
        if not around.is_known(spec):
            _check_names(spec, shown, body_line, {name: found.body for name, found in includes.items()})
    except RenderError as error:
        raise _located(error, shown) from error
    return spec


def _check_schema(schema: dict[str, Json] | None, document: YamlDocument, at: Place) -> None:
    """Refuse an output schema that is no JSON Schema."""
    if schema is None:
        return
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = (*at, *error.absolute_path)
        raise document.error(place, f"{dotted(place)} is no JSON Schema: {error.message}", hint="Change it.") from error


def _gather(body: str, shown: str, first_line: int, include: Callable[[str], Included]) -> dict[str, Included]:
    """All prompts that a body includes, also indirectly, by name."""
    gathered: dict[str, Included] = {}
    for section in split_messages(body, shown, first_line):
        for name, line in find_includes(section.text, name=shown, first_line=section.line).items():
            found = include(name)
            if opens_messages(found.body):
                raise InvalidFile(
                    shown, f"{name!r} cannot be included: it opens messages of its own", line=line,
                    hint="Include prompts without lines such as `system:`.",
                )  # fmt: skip
            for inner, its in {**found.includes, name: found}.items():
                if gathered.setdefault(inner, its).digest != its.digest:
                    raise InvalidFile(
                        shown,
                        f"{inner!r} would be included in two versions",
                        line=line,
                        hint="Register its users again.",
                    )
    return gathered


def _check_names(spec: PromptSpec, shown: str, first_line: int, sources: Mapping[str, str]) -> None:
    """Compile every message, and refuse names that are no inputs."""
    known = {*spec.inputs, CONTEXTS}
    for section in split_messages(spec.body, shown, first_line):
        template = compile_template(section.text, name=shown, includes=sources, first_line=section.line)
        for name, line in sorted(template.lines.items(), key=lambda item: item[1]):
            if spec.inputs and name not in known:
                raise InvalidFile(
                    shown, f"{name!r} is used here, but is no input", line=line, key=name,
                    hint=did_you_mean(name, known) + f" Or declare it: inputs: {{{name}: string}}.",
                )  # fmt: skip


def _located(error: RenderError, shown: str) -> InvalidFile:
    parts = _LOCATED.fullmatch(error.message)
    if parts is None:
        return InvalidFile(shown, error.message.removeprefix(f"{shown}: "), hint=error.hint)
    return InvalidFile(parts[1], parts[3], line=int(parts[2]), hint=error.hint)
