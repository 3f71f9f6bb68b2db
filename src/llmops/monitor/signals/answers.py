"""Signals of what was said: how long, in which language, whether it refuses, whether it has its format."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, Protocol, TypeAlias

from llmops.core.arguments import SERVICE
from llmops.core.errors import InputError
from llmops.core.hashing import Json, canonical_json
from llmops.domain.interaction import Interaction
from llmops.domain.signal import SignalDirection, SignalKind
from llmops.monitor.protocol import text_of
from llmops.text.refusals import find_refusal

Shape: TypeAlias = Callable[[Interaction], Mapping[str, Json] | None]
"""The schema of the prompt that an interaction answered; None where it has none."""

_OPENING = 600  # characters, in which a refusal comes to the point


@dataclass(frozen=True)
class Length:
    """How long the output (or the input) is, in characters or words."""

    of: Literal["output", "input"] = "output"
    unit: Literal["characters", "words"] = "characters"
    kind: ClassVar[SignalKind] = "scalar"
    direction: ClassVar[SignalDirection] = "none"

    @property
    def reads(self) -> Sequence[str]:
        """The text that it is of."""
        return ("output",) if self.of == "output" else ("inputs",)

    def measure(self, interaction: Interaction) -> float | None:
        """None of what failed: it has no output."""
        if interaction.error and self.of == "output":
            return None
        text = text_of(interaction, self.of)
        return float(len(text) if self.unit == "characters" else len(text.split()))


@dataclass(frozen=True)
class RefusalRate:
    """Whether the output opens with a phrase of refusal (English)."""

    kind: ClassVar[SignalKind] = "rate"
    direction: ClassVar[SignalDirection] = "lower"
    reads: ClassVar[Sequence[str]] = ("output",)

    def measure(self, interaction: Interaction) -> float | None:
        """None where there is no output."""
        return float(bool(find_refusal(interaction.output[:_OPENING]))) if interaction.output else None


@dataclass(frozen=True)
class Language:
    """The language of the output (or the input), as a code such as `en`; None of texts shorter than 20 characters."""

    of: Literal["output", "input"] = "output"
    kind: ClassVar[SignalKind] = "category"
    direction: ClassVar[SignalDirection] = "none"

    @property
    def reads(self) -> Sequence[str]:
        """The text that it is of."""
        return ("output",) if self.of == "output" else ("inputs",)

    def measure(self, interaction: Interaction) -> str | None:
        """Detect it from the first 500 characters."""
        from llmops.text.language import detect_language

        text = text_of(interaction, self.of)
        return detect_language(text[:500])[0] if len(text) >= 20 else None


class _Validator(Protocol):
    def is_valid(self, instance: Json, /) -> bool: ...


@dataclass(frozen=True)
class Format:
    """Whether the output is JSON, of the shape that a JSON Schema describes where one is given; `prompt` is the `output` of the
    prompt that was answered, and prompts without one have no value."""

    schema: dict[str, Json] | Literal["prompt"] | None = None
    shape: Shape = field(
        default=lambda interaction: None, kw_only=True, repr=False, compare=False, metadata={SERVICE: True}
    )
    kind: ClassVar[SignalKind] = "rate"
    direction: ClassVar[SignalDirection] = "higher"
    reads: ClassVar[Sequence[str]] = ("output",)

    def __post_init__(self) -> None:
        if isinstance(self.schema, dict):
            import jsonschema

            try:
                jsonschema.Draft202012Validator.check_schema(self.schema)
            except jsonschema.SchemaError as error:
                raise InputError(
                    f"this is no JSON Schema: {error.message:.200}", hint="Look at json-schema.org."
                ) from error

    def measure(self, interaction: Interaction) -> float | None:
        """None of what failed or was blocked: a block message has no format."""
        if interaction.error or interaction.action == "block" or not interaction.output:
            return None
        wanted = self.shape(interaction) if self.schema == "prompt" else self.schema
        if wanted is None and self.schema is not None:
            return None
        try:
            value = json.loads(interaction.output)
        except (ValueError, RecursionError):
            return 0.0
        return float(wanted is None or self._validator(canonical_json(wanted)).is_valid(value))

    def _validator(self, schema: bytes) -> _Validator:
        import jsonschema

        if schema not in self._validators:
            self._validators[schema] = jsonschema.Draft202012Validator(json.loads(schema))
        return self._validators[schema]

    @cached_property
    def _validators(self) -> dict[bytes, _Validator]:
        return {}
