"""Nouns about judges and people."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from llmops.domain.calibration import Label


def test_a_label_is_of_the_first_answer_unless_it_says_so() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    found = Label(run_id="r", scorer="tone", identity="sha256:1", case_id="a", value=1, at=at)
    assert (found.repeat, found.who) == (0, "")
    with pytest.raises(ValidationError, match="valid number"):
        Label.model_validate({**found.model_dump(), "value": "good"})
