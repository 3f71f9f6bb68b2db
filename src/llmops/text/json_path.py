"""Paths into JSON: child, index and wildcard selectors of RFC 9535, of which every path has finitely many matches."""

import re
from typing import Final, TypeAlias

from llmops.core.errors import InputError
from llmops.core.hashing import Json

Step: TypeAlias = str | int | None
"""A key, an index, or None for all children."""

_STEP: Final = re.compile(
    r"""\.(?P<name>[^\s.\[\]'"*]+) | \[\s*(?P<index>-?\d+)\s*\] | (?P<all>\.\*|\[\s*\*\s*\])
    | \[\s*'(?P<single>(?:[^'\\]|\\.)*)'\s*\] | \[\s*"(?P<double>(?:[^"\\]|\\.)*)"\s*\]""",
    re.VERBOSE,
)


def parse_path(text: str) -> list[Step]:
    """Read `$.items[0]['a name'].*` into steps.

    Raises:
        InputError: it is no such path.
    """
    steps: list[Step] = []
    at = 1 if text.startswith("$") else 0
    while 0 < at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            break
        at = found.end()
        if found["all"]:
            steps.append(None)
        elif found["index"]:
            steps.append(int(found["index"]))
        else:
            quoted = found["single"] if found["single"] is not None else found["double"]
            steps.append(found["name"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
    if at == 0 or at < len(text):
        raise InputError(
            f"the path {text!r} cannot be read at character {at}",
            hint="Write $ and .name, ['name'], [0] or [*] behind it: $.items[0].price",
        )
    return steps


def find_all(value: Json, steps: list[Step]) -> list[Json]:
    """The values at the places that a path means, in order."""
    here = [value]
    for step in steps:
        here = [child for item in here for child in _children(item, step)]
    return here


def _children(value: Json, step: Step) -> list[Json]:
    if step is None:
        return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    if isinstance(step, str):
        return [value[step]] if isinstance(value, dict) and step in value else []
    return [value[step]] if isinstance(value, list) and -len(value) <= step < len(value) else []
