"""Filters: which chunks a search may return. Every key must hold; a list means any of its values.

Vector stores compare texts, numbers and truth values in their own ways, and each gets one of them wrong: a database takes 1
for true, another 2024 for something else than 2024.0. So what is compared is one short text for each key and value, the same
in every store. Two such tokens are equal exactly if key and value are.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from llmops.core.errors import InputError
from llmops.core.hashing import Json, digest_bytes

Filters: TypeAlias = Mapping[str, Json]
"""What must hold of a chunk, by metadata key: a text, a number, true or false, or a list of those."""

_LONGEST: Final = 200  # characters of a token; databases index no longer ones


def tokens(metadata: Mapping[str, Json]) -> list[str]:
    """What a chunk can be found by, in order: one token for each key whose value is a text, a number, true or false."""
    return [_token(key, value) for key, value in sorted(metadata.items()) if _is_plain(value)]


def wanted(filters: Filters | None) -> list[frozenset[str]]:
    """For each key of a filter the tokens of which a chunk must have one.

    Raises:
        InputError: a value that nothing can be equal to, such as null: it must never mean "any".
    """
    found = []
    for key, value in (filters or {}).items():
        values = list(value) if isinstance(value, list | tuple) else [value]
        for one in values:
            if not _is_plain(one):
                raise InputError(
                    f"the filter {key!r} is {value!r}, which no chunk can be equal to",
                    hint="Write a text, a number, true or false, or a list of those.",
                )
        found.append(frozenset(_token(key, one) for one in values))
    return found


def admits(filters: Iterable[frozenset[str]], metadata: Mapping[str, Json]) -> bool:
    """Whether a chunk with that metadata may be returned under a filter, as `wanted` gives it."""
    held = set(tokens(metadata))
    return all(not held.isdisjoint(any_of) for any_of in filters)


def _is_plain(value: Json) -> bool:
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _token(key: str, value: Json) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = json.dumps([key, value], separators=(",", ":"))
    return text if len(text) <= _LONGEST else digest_bytes(text.encode())
