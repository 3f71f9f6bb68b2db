"""Signals that are words."""

from llmops.flows.monitor_reports.gather import MonitorReport


def test_words_are_counted_before_and_now_and_the_one_that_moved_most_is_followed(mixed: MonitorReport) -> None:
    (lang,) = mixed.words
    assert lang.shares == [("de", 80, 40), ("fr", 0, 80), ("en", 40, 0)]
    assert lang.totals == (120, 120)
    assert lang.p is not None
    assert lang.p < 1e-10
    assert lang.moved == "fr"
    (line,) = mixed.signals
    assert (line.name, line.before, line.change is not None) == ("lang: share of fr", [0.0] * 120, True)
    assert sum(line.since) == 80
