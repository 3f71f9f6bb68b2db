"""Quiet hours and rates of notices."""

from datetime import UTC, datetime, timedelta

import pytest

from llmops.core.errors import SettingsError
from llmops.core.notice_settings import read_at_most, read_quiet


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "moment", "end"),
    [
        ("22:00-07:00", at(23), at(7, day=2)),
        ("22:00-07:00", at(6, 59), at(7)),
        ("22:00-07:00", at(7), at(7)),
        ("12:00-13:30", at(12, 10), at(13, 30)),
        ("12:00-13:30", at(11), at(11)),
        ("22:00-07:00 Europe/Berlin", at(20, 30), at(5, day=2)),
    ],
)
def test_quiet_hours_end_in_their_own_zone(quiet: str, moment: datetime, end: datetime) -> None:
    assert read_quiet(quiet).end_after(moment) == end


@pytest.mark.parametrize("text", ["nightly", "22:00-22:00", "25:00-07:00", "22:00-07:00 Mars/Base"])
def test_what_are_no_quiet_hours_is_said(text: str) -> None:
    with pytest.raises(SettingsError, match="are no quiet hours") as caught:
        read_quiet(text)
    assert caught.value.hint == 'Write for example quiet = "22:00-07:00 Europe/Berlin".'


def test_rates_are_read() -> None:
    assert read_at_most("6/1h") == (6, timedelta(hours=1))
    for text in ("0/1h", "six", "6/hour"):
        with pytest.raises(SettingsError, match="is no rate") as caught:
            read_at_most(text)
        assert caught.value.hint == 'Write for example at_most = "6/1h".'
