"""What is asked of runs: a condition as a tree, an order, a page. Values only; the store turns it into SQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

FieldNoun = Literal["metrics", "params", "tags", "attributes"]
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "like", "ilike", "in", "not in"]
Operand: TypeAlias = str | float | datetime | tuple[str, ...]

ATTRIBUTES: Final = ("id", "type", "name", "experiment", "status", "started_at", "ended_at", "parent")


@dataclass(frozen=True, slots=True)
class RunField:
    """What a condition or an order is about: a metric (its value logged last), a parameter, a tag, or an attribute."""

    noun: FieldNoun
    key: str

    def __str__(self) -> str:
        return self.key if self.noun == "attributes" else f"{self.noun}.{self.key}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one value. A run without the field meets none, not even `!=`."""

    field: RunField
    operator: Operator
    operand: Operand


@dataclass(frozen=True, slots=True)
class Both:
    """All of several conditions."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """Any of several conditions."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Negation:
    """Whatever does not meet a condition."""

    part: "Condition"


Condition: TypeAlias = Comparison | Both | Either | Negation


def fields_of(condition: Condition | None) -> "list[RunField]":
    """All fields that a condition is about, from left to right."""
    match condition:
        case Comparison():
            return [condition.field]
        case Negation():
            return fields_of(condition.part)
        case Both() | Either():
            return [field for part in condition.parts for field in fields_of(part)]
    return []


@dataclass(frozen=True, slots=True)
class RunOrder:
    """By what runs are sorted; runs without the field come last either way."""

    field: RunField
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs, in which order (newest first without one), and which page of them."""

    condition: Condition | None = None
    orders: tuple[RunOrder, ...] = ()
    limit: int = 100
    offset: int = 0
