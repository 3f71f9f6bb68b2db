"""Attributes of a span, read by name; what was not asked for is known afterwards."""

import json
from collections.abc import Mapping
from typing import Final

from llmops.core.hashing import Json

MAX_ITEMS: Final = 1_000
"""Messages or documents of one span that are read; a number in a name may be anything."""


class Attributes:
    """Reads attributes, and remembers which it was asked for."""

    def __init__(self, values: Mapping[str, Json]) -> None:
        self._values = values
        self._used: set[str] = set()

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def get(self, *names: str) -> Json:
        """The value of the first of these names that is there."""
        self._used.update(names)
        return next((self._values[name] for name in names if self._values.get(name) is not None), None)

    def text(self, *names: str) -> str:
        """The same as text; the first of several."""
        value = self.get(*names)
        if isinstance(value, (list, tuple)):
            value = value[0] if value else None
        return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def number(self, *names: str) -> float | None:
        """The same as a number; None for what is none."""
        value = self.get(*names)
        try:
            return None if value is None or isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            return None

    def count(self, *names: str) -> int:
        """The same as a whole number that is not negative, 0 for what is none."""
        value = self.number(*names)
        return max(0, int(value)) if value is not None and abs(value) < 1 << 53 else 0

    def json(self, *names: str) -> Json:
        """The same; a text that is JSON is parsed, any other stays as it is."""
        return parsed(self.get(*names))

    def numbered(self, prefix: str) -> list[dict[str, Json]]:
        """The values below `prefix.0.`, `prefix.1.` …, each as a map by the rest of their names, in order."""
        found: dict[int, dict[str, Json]] = {}
        for name, value in self._values.items():
            if not name.startswith(prefix + "."):
                continue
            place, _, rest = name[len(prefix) + 1 :].partition(".")
            if place.isdecimal() and len(place) < 7 and rest:
                self._used.add(name)
                found.setdefault(int(place), {})[rest] = value
        return [found[place] for place in sorted(found)[:MAX_ITEMS]]

    def below(self, prefix: str) -> dict[str, Json]:
        """The values whose names begin so, by the rest of their names."""
        names = [name for name in self._values if name.startswith(prefix) and len(name) > len(prefix)]
        self._used.update(names)
        return {name[len(prefix) :]: self._values[name] for name in names}

    def rest(self) -> dict[str, Json]:
        """What nobody has asked for."""
        return {name: value for name, value in self._values.items() if name not in self._used}


def parsed(value: Json) -> Json:
    """A text that is a JSON map or list as that; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
