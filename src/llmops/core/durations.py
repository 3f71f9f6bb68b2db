"""Durations as people write them: `250ms`, `10s`, `14d`."""

import re

from llmops.core.errors import SettingsError

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def seconds(duration: str) -> float:
    """Read a duration such as `250ms`, `10s`, `14d` as seconds.

    Raises:
        SettingsError: it is no duration.
    """
    found = _DURATION.fullmatch(duration.strip())
    if not found:
        raise SettingsError(f"{duration!r} is no duration", hint="Write a number and a unit: 250ms, 10s, 5m, 2h, 14d.")
    return float(found[1]) * _UNITS[found[2]]
