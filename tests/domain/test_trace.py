"""Spans are values."""

import pytest
from pydantic import ValidationError

from llmops.domain.trace import Span
from tests.support.spans import event, span


def test_a_span_comes_back_as_it_was() -> None:
    made = span({"a": [1, "x"]}, events=[event("e", a__b=1)], error="no")
    assert Span.model_validate_json(made.model_dump_json()) == made
    assert made.events[0].attributes == {"a.b": 1}
    with pytest.raises(ValidationError, match="Extra inputs"):
        span({}, colour="red")
