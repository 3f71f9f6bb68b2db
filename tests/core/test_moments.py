"""Moments as people write them."""

from datetime import UTC, datetime

import pytest

from llmops.core.errors import InputError
from llmops.core.moments import read_moment, read_start

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-01", "2026-03-01T23:59:59.999999+00:00"),
        ("2026-03-01 14:30", "2026-03-01T14:30:00+00:00"),
        ("2026-03-01T14:30:00+01:00", "2026-03-01T13:30:00+00:00"),
        ("2026-03-01T14:30:00Z", "2026-03-01T14:30:00+00:00"),
        ("2h", "2026-03-10T10:00:00+00:00"),
        ("7d ago", "2026-03-03T12:00:00+00:00"),
    ],
)
def test_a_moment_is_read_as_utc(text: str, iso: str) -> None:
    assert read_moment(text, NOW).isoformat() == iso


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "12", "9999999999999w"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no time"):
        read_moment(text, NOW)


def test_a_date_begins_at_midnight_where_a_beginning_is_meant() -> None:
    now = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert read_start("2026-03-01", now) == datetime(2026, 3, 1, tzinfo=UTC)
    assert read_start("2h", now) == datetime(2026, 3, 5, 10, tzinfo=UTC)
    assert read_start("2026-03-01 14:30", now) == datetime(2026, 3, 1, 14, 30, tzinfo=UTC)
