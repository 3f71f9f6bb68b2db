"""Durations as people write them."""

import pytest

from llmops.core.durations import seconds
from llmops.core.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "value"), [("250ms", 0.25), ("10s", 10), ("1.5m", 90), ("2 h", 7200), ("14d", 14 * 86400), ("1w", 604800)]
)
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["10", "d", "", "ten seconds", "-1s", "1s2"])
def test_a_duration_needs_a_number_and_a_unit(text: str) -> None:
    with pytest.raises(SettingsError, match="is no duration\nWrite a number and a unit"):
        seconds(text)
