"""Signals of how answers came about."""

import pytest

from llmops.core.errors import InputError
from llmops.domain.interaction import Usage
from llmops.monitor.signals.operation import Cost, Errors, FeedbackScore, FirstToken, Latency, Tokens
from tests.support.interactions import interaction


def test_what_the_usage_says() -> None:
    one, nothing = interaction(), interaction(usage=Usage())
    signals = (Latency(), FirstToken(), Cost(), Tokens(), Tokens(of="prompt"))
    assert [signal.measure(one) for signal in signals] == [0.5, 0.1, 0.001, 13, 10]
    assert [signal.measure(nothing) for signal in signals] == [None] * 5
    assert [Errors().measure(one), Errors().measure(interaction(error="timed out"))] == [0, 1]


def test_feedback_is_scaled() -> None:
    stars = FeedbackScore(low=1, high=5)
    assert [stars.measure(interaction(score=score)) for score in (1, 4, None)] == [0, 0.75, None]
    with pytest.raises(ValueError, match="a score of 7 lies outside of 1 to 5"):
        stars.measure(interaction(score=7))
    with pytest.raises(InputError, match="low 1 is not below high 1"):
        FeedbackScore(low=1, high=1)
