"""Moments as people write them: `2026-03-01`, `2026-03-01 14:30`, `2026-03-01T14:30:00+01:00`, `2h` (ago)."""

import re
from datetime import UTC, datetime, timedelta

from llmops.core.durations import seconds
from llmops.core.errors import InputError, SettingsError

_AGO = re.compile(r"\d+(?:\.\d+)?\s*(?:s|m|h|d|w)(?:\s+ago)?")


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_start(text: str, now: datetime) -> datetime:
    """Read the moment from which on something is meant: like `read_moment`, but a date alone is its beginning."""
    return read_moment(f"{text.strip()} 00:00" if _DATE.fullmatch(text.strip()) else text, now)


def read_moment(text: str, now: datetime) -> datetime:
    """Read a moment. Without a time zone it is UTC; a date alone is its end, a duration is that long ago.

    Raises:
        InputError: it is none.
    """
    written = text.strip()
    try:
        if _AGO.fullmatch(written):
            return now - timedelta(seconds=seconds(written.removesuffix("ago")))
        moment = datetime.fromisoformat(written)
        if _DATE.fullmatch(written):
            moment += timedelta(days=1) - timedelta(microseconds=1)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, SettingsError) as error:
        raise InputError(
            f"{text!r} is no time", hint="Write for example 2026-03-01, '2026-03-01 14:30' (UTC) or 2h."
        ) from error
