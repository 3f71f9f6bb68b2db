"""Signals of retrieval."""

import pytest

from llmops.domain.corpus import Context
from llmops.monitor.signals.retrieval import HitCount, HitSource, RetrievalScore, Support
from tests.support.interactions import interaction

ONE = interaction(
    output="Parcels take three days [1]. Elephants are grey.",
    contexts=(
        Context(id="c1", text="Parcels take three days.", score=0.8, metadata={"key": "a.md"}),
        Context(id="c2", text="Other.", score=0.4),
    ),
)
NONE = interaction(contexts=())


def test_scores_hits_and_sources() -> None:
    assert [RetrievalScore().measure(ONE), RetrievalScore(at="mean").measure(ONE)] == [0.8, pytest.approx(0.6)]
    assert [HitCount().measure(ONE), HitCount().measure(NONE)] == [2, 0]
    assert [HitSource().measure(ONE), HitSource().measure(NONE), RetrievalScore().measure(NONE)] == ["a.md", None, None]


def test_support() -> None:
    assert [Support().measure(ONE), Support().measure(NONE)] == [0.5, None]
