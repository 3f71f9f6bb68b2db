"""How a connection tells people of alerts: which notifier, when not, and how often at most."""

import re
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from llmops.core.durations import seconds
from llmops.core.errors import SettingsError

_QUIET: Final = re.compile(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)(?:\s+(\S+))?")
_AT_MOST: Final = re.compile(r"(\d+)\s*/\s*(\S+)")


class QuietHours(NamedTuple):
    """A part of each day in which nobody is told, such as from 22:00 to 07:00; the zone is UTC where none is named."""

    begin: time
    end: time
    zone: ZoneInfo

    def end_after(self, moment: datetime) -> datetime:
        """The moment itself, or if it is quiet then, the end of that."""
        here = moment.astimezone(self.zone)
        clock = here.timetz().replace(tzinfo=None)
        over_night = self.begin > self.end
        quiet = (clock >= self.begin or clock < self.end) if over_night else self.begin <= clock < self.end
        if not quiet:
            return moment
        day = here.date() + timedelta(days=1 if over_night and clock >= self.begin else 0)
        return datetime.combine(day, self.end, self.zone).astimezone(moment.tzinfo)


class AtMost(NamedTuple):
    """So many notices in any such time."""

    most: int
    span: timedelta


def read_quiet(text: str) -> QuietHours:
    """Read `22:00-07:00` or `22:00-07:00 Europe/Berlin`.

    Raises:
        SettingsError: it is neither.
    """
    found = _QUIET.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        begin, end = time.fromisoformat(found[1]), time.fromisoformat(found[2])
        zone = ZoneInfo(found[3] or "UTC")
        if begin == end:
            raise ValueError(text)
    except (ValueError, OSError, KeyError) as error:
        raise SettingsError(
            f"{text!r} are no quiet hours", hint='Write for example quiet = "22:00-07:00 Europe/Berlin".'
        ) from error
    return QuietHours(begin, end, zone)


def read_at_most(text: str) -> AtMost:
    """Read `6/1h`.

    Raises:
        SettingsError: it is no number and duration.
    """
    found = _AT_MOST.fullmatch(text.strip())
    try:
        if found is None or int(found[1]) == 0:
            raise SettingsError("no rate", hint="")
        return AtMost(int(found[1]), timedelta(seconds=seconds(found[2])))
    except SettingsError as error:
        raise SettingsError(f"{text!r} is no rate", hint='Write for example at_most = "6/1h".') from error
