"""Value types of the ports."""

import pytest

from llmops.domain.ports import Sample, Span, no_progress


def test_a_sample_needs_only_an_output() -> None:
    sample = Sample(output="x")
    assert not sample.contexts
    assert not sample.expectations


def test_port_values_are_frozen() -> None:
    with pytest.raises(AttributeError, match="cannot assign"):
        Span(0, 1).start = 2  # type: ignore[misc]


def test_progress_may_be_ignored() -> None:
    no_progress(1, None, "nothing")
