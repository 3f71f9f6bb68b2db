"""Any value of an interaction: features and predictions of classic models, segments, fields of a JSON output."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction
from llmops.domain.signal import SignalDirection, SignalKind
from llmops.monitor.protocol import Measured

_PLACES = ("metadata", "inputs", "output")


@dataclass(frozen=True)
class Column:
    """The value at a place: `metadata.age`, `inputs.income`, `output` or, of a JSON output, `output.label`.

    `type` says what it is: a `scalar` (any number), `bounded` (0 to 1), a `rate` (true or false) or a `category`.
    """

    of: str
    type: Literal["scalar", "bounded", "rate", "category"] = "scalar"
    better: SignalDirection = "none"

    def __post_init__(self) -> None:
        if self.of.partition(".")[0] not in _PLACES or (self.of != "output" and "." not in self.of):
            raise InputError(f"{self.of!r} is no place", hint="Write metadata.KEY, inputs.KEY, output or output.KEY.")

    @property
    def kind(self) -> SignalKind:
        """As it was said."""
        return self.type

    @property
    def direction(self) -> SignalDirection:
        """As it was said."""
        return self.better

    @property
    def reads(self) -> Sequence[str]:
        """What its place is in."""
        head = self.of.partition(".")[0]
        return () if head == "metadata" else (head,)

    def measure(self, interaction: Interaction) -> Measured:
        """None where the place is empty; ValueError where the value is not of the type."""
        value = self._value(interaction)
        if value is None or value == "":
            return None
        if self.type == "category":
            return str(value)
        number = float(value)
        if self.type != "scalar" and not 0 <= number <= 1:
            raise ValueError(f"{self.of} is {number:g}, which lies outside of 0 to 1")
        return number

    def _value(self, interaction: Interaction) -> Json:
        head, _, rest = self.of.partition(".")
        value: Json = getattr(interaction, head)
        if head == "output" and rest:
            value = json.loads(value) if value else None
        for key in rest.split(".") if rest else ():
            value = value.get(key) if isinstance(value, dict) else None
        return value
