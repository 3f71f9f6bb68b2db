"""Filters as SQL over chunks and their documents: what can be said there cheaply, in any database.

Metadata is JSON text with sorted keys, so a key and its value stand in it as one stretch, which quotation marks inside of
values, being escaped, never form. Looking for the stretch lets through too much now and then (`"year": 20` is where
`"year": 2024` is, and in a map within the map), never too little. So it narrows, and `domain.filters` decides.
"""

import json
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.filters import Filters

MOST_VALUES: Final = 100
"""Values of a list that are looked for; a longer list narrows nothing."""

_COLUMNS: Final = {"source": "i.source", "key": "i.key"}
_EXACT: Final = 10**15  # beyond, a number is written in more than one way


def narrowed(filters: Filters | None, find: str) -> tuple[str, dict[str, object]]:
    """A condition on chunks `c` and items `i` that all that pass the filters meet, and its values.

    Args:
        filters: what must hold.
        find: the function that finds a text in another: `instr`, `strpos`.
    """
    conditions, values = ["1 = 1"], dict[str, object]()
    for number, (key, value) in enumerate((filters or {}).items()):
        wanted = list(value) if isinstance(value, list | tuple) else [value]
        if len(wanted) > MOST_VALUES or any(map(_is_odd, wanted)):
            continue
        if key in _COLUMNS:
            wanted = [one for one in wanted if isinstance(one, str)]
        names = [f"filter{number}_{at}" for at in range(len(wanted))]
        if key in _COLUMNS:
            tests = [f"{_COLUMNS[key]} = :{name}" for name in names]
            values |= dict(zip(names, wanted, strict=True))
        else:
            tests = [f"{find}(c.metadata, :{name}) > 0" for name in names]
            values |= {name: _stretch(key, one) for name, one in zip(names, wanted, strict=True)}
        conditions.append(f"({' OR '.join(tests)})" if tests else "1 = 0")
    return " AND ".join(conditions), values


def _stretch(key: str, value: Json) -> str:
    """How key and value stand in metadata, as the manifest writes it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps({key: value}, ensure_ascii=False)[1:-1]


def _is_odd(value: Json) -> bool:
    """Whether a value can be written in several ways, or is text that a database takes not for text."""
    if isinstance(value, str):
        return "\0" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value))
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > _EXACT
