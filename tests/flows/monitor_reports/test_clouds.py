"""Signals that are vectors, and examples."""

from collections import Counter

from llmops.flows.monitor_reports.gather import MonitorReport


def test_vectors_are_compared_whatever_their_sample(mixed: MonitorReport) -> None:
    (one,) = mixed.clouds
    assert (one.name, one.sizes) == ("embedding", (120, 120))
    assert one.p is not None
    assert one.p < 0.01
    assert one.apart is not None
    assert one.apart[0] > 0.9
    assert one.cosine is not None
    assert one.cosine < 0.9


def test_examples_are_of_their_side(mixed: MonitorReport) -> None:
    found = [one for one in mixed.examples if one.source == "embedding"]
    assert Counter(one.kind for one in found) == {"most shifted": 5, "typical now": 3, "typical before": 3}
    assert mixed.split is not None
    for one in found:
        assert (one.interaction.at >= mixed.split) is (one.kind != "typical before")
