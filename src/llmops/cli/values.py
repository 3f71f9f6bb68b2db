"""Values typed on the command line."""

import json
from collections.abc import Iterable

from llmops.core.errors import InputError
from llmops.core.hashing import Json


def read_values(pairs: Iterable[str]) -> dict[str, Json]:
    """Read `NAME=VALUE` pairs; a value that reads as a JSON number, list, map, true, false or null is one, else text.

    Raises:
        InputError: a pair without `=`, or a name given twice.
    """
    values: dict[str, Json] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise InputError(f"{pair!r} is no NAME=VALUE", hint="Write for example -v question='How do I roll back?'")
        if name in values:
            raise InputError(f"{name!r} is given twice", hint="Give each value once.")
        values[name] = _read(text)
    return values


def _read(text: str) -> Json:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
