"""Embeddings of inputs and outputs."""

import asyncio

from llmops.monitor.signals.embedding import Embedding
from tests.support.hand_embedder import HandEmbedder
from tests.support.interactions import interaction


def test_each_text_is_embedded_once() -> None:
    hand = HandEmbedder({"a": (1.0, 0.0), "b": (0.0, 1.0)})
    page = [interaction(n, inputs={"question": text}) for n, text in enumerate(("a", "b", "a"))]
    signal = Embedding(embedder=lambda: hand)
    assert asyncio.run(signal.measure_page([*page, interaction(9, inputs={})])) == [[1, 0], [0, 1], [1, 0], None]
    assert [len(call) for call in hand.calls] == [2]


def test_a_sample_is_a_share() -> None:
    hand = HandEmbedder({"a": (1.0, 0.0)})
    page = [interaction(n, output="a") for n in range(400)]
    values = asyncio.run(Embedding(of="output", sample=0.1, embedder=lambda: hand).measure_page(page))
    assert 20 < sum(value is not None for value in values) < 70
