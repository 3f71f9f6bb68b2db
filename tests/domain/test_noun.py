"""What every noun is."""

import pytest
from pydantic import ValidationError

from llmops.domain.artifact import Pin


def test_nouns_are_frozen_and_strict() -> None:
    pin = Pin(name="answer", digest="sha256:0")
    with pytest.raises(ValidationError, match="frozen"):
        pin.name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Pin.model_validate({"name": "answer", "digest": "x", "extra": 1})
