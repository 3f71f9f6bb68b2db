"""Arguments that somebody wrote in YAML, for a dataclass that a catalog has under the name written before them.

The class is its own schema: its fields, with their types, are the arguments. What the program supplies instead, such as an
embedding model, is a field marked as a service. Imports pydantic only when there is an argument to check.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Final, TypeVar, get_type_hints

from llmops.core.errors import ExtraMissing, InputError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean

T = TypeVar("T")

SERVICE: Final = "service"
"""Marks, in a field's metadata, what the program supplies."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a file: `noun` is what kind of thing it is for ("scorer"), `name` which of them, `page` where that is
    described."""

    noun: str
    name: str
    arguments: Mapping[str, Json]
    page: str

    def arguments_for(self, kind: type, *, also: Sequence[str] = ()) -> dict[str, Json]:
        """The arguments as the types of a dataclass's fields; `also` are keys that hints name beside them.

        Raises:
            InputError: one that there is not (with the nearest), that is missing, or of another type.
        """
        known = {f.name: f for f in fields(kind) if SERVICE not in f.metadata}
        for name in self.arguments:
            if name not in known:
                raise InputError(f"{self} takes no argument {name!r}", hint=did_you_mean(name, [*known, *also]))
        for name, f in known.items():
            if name not in self.arguments and f.default is MISSING and f.default_factory is MISSING:
                raise InputError(f"{self} needs the argument {name!r}", hint=f"{self.name}: {{{name}: …}}")
        if not self.arguments:
            return {}
        types = {name: f.type for name, f in known.items()}
        if any(isinstance(one, str) for one in types.values()):
            types = get_type_hints(kind, include_extras=True)  # imports what the annotations name
        return {name: self._typed(name, value, types[name]) for name, value in self.arguments.items()}

    def build(self, kind: type[T], services: Mapping[str, object], *, also: Sequence[str] = ()) -> T:
        """An object of a dataclass, with those of the services that it has a field for.

        Raises:
            InputError: like `arguments_for`, or raised by the class itself; the message names what it is for.
            ExtraMissing: it needs an optional dependency.
        """
        arguments = self.arguments_for(kind, also=also)
        supplied = {name: services[name] for name in services_of(kind)}
        try:
            return kind(**arguments, **supplied)
        except ExtraMissing:
            raise
        except InputError as error:
            raise self.named(error) from error

    def named(self, error: InputError) -> InputError:
        """An error that says what it is about."""
        return InputError(f"{self}: {error.message}", hint=error.hint)

    def __str__(self) -> str:
        return f"{self.noun} {self.name!r}"

    def _typed(self, name: str, value: Json, kind: Json) -> Json:
        """The value as its field's type; from JSON and strictly, so that "5" is no number and a list may be a tuple."""
        import json

        from pydantic import TypeAdapter, ValidationError

        try:
            return TypeAdapter(kind).validate_json(json.dumps(value), strict=True)
        except ValidationError as error:
            wanted = [found["msg"].removeprefix("Input should be ") for found in error.errors()]
            raise InputError(
                f"{self}: {name} is {value!r:.60}; it should be {' or '.join(dict.fromkeys(wanted))}",
                hint=f"See {self.page} for {self.name}.",
            ) from error


def services_of(kind: type) -> list[str]:
    """The fields of a dataclass that the program supplies."""
    return [f.name for f in fields(kind) if SERVICE in f.metadata]
