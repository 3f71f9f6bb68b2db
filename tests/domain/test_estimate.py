"""Estimates: what all parts cost together."""

import pytest

from llmops.domain.estimate import CallEstimate, Estimate


@pytest.mark.parametrize(("costs", "together"), [([], 0.0), ([0.5, 0.25], 0.75), ([0.5, None], None)])
def test_a_sum_needs_every_price(costs: list[float | None], together: float | None) -> None:
    parts = [
        CallEstimate(role="target", model="m", calls=1, cached=0, prompt_tokens=1, completion_tokens=1, cost=cost)
        for cost in costs
    ]
    found = Estimate(suite="docs", target="app/docs", cases=1, repeats=1, parts=tuple(parts))
    assert found.cost == together
