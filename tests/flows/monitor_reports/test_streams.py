"""Streams in lists."""

from llmops.domain.signal import SignalStatus
from llmops.flows.monitor_reports.streams import line_of

DRIFTING = SignalStatus(
    monitor="docs",
    signal="latency",
    segment="metadata.lang=de",
    state="drift",
    statistic=123_456.7,
    threshold=100_000,
    observations=4_321,
    reference=0.51234,
)


def test_a_stream_is_told_in_words_and_figures() -> None:
    told = ("latency", "metadata.lang=de", "drift", "1.23e+05", "100,000", "4,321", "0.5123", "–")
    assert line_of(DRIFTING) == told
    assert line_of(DRIFTING, absent="").now == ""


def test_streams_for_rollbacks_and_states_of_several_words_are_told_as_such() -> None:
    short = line_of(DRIFTING.model_copy(update={"promise": "pfa", "state": "not_enough_data"}))
    assert (short.signal, short.state) == ("latency (rollback)", "not enough data")
