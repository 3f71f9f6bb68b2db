"""What several calls took together."""

from llmops.domain.usage import Usage


def test_what_came_first_delays_the_first_piece_of_the_next() -> None:
    first = Usage(prompt_tokens=3, completion_tokens=1, cost=0.5, latency=1.0)
    whole = first + Usage(prompt_tokens=2, completion_tokens=2, cost=0.25, latency=2.0, first_token=0.5)
    assert (whole.tokens, whole.cost, whole.latency, whole.first_token) == (8, 0.75, 3.0, 1.5)


def test_one_unknown_price_makes_the_sum_unknown_and_nothing_changes_nothing() -> None:
    priced = Usage(prompt_tokens=1, cost=0.1)
    assert (priced + Usage(prompt_tokens=1)).cost is None
    assert priced + Usage() == priced
    assert Usage() + priced == priced
