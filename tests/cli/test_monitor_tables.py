"""Streams on the terminal."""

import pytest

from llmops.cli.monitor_tables import show_statuses
from llmops.domain.signal import SignalStatus


def test_streams_are_a_table_and_what_is_to_be_known_of_them_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    one = SignalStatus(
        monitor="docs", signal="latency", segment="metadata.lang=de", state="not_enough_data", threshold=200
    )
    noted = one.model_copy(update={"promise": "pfa", "note": "50 values"})
    show_statuses([one, noted, noted])
    said = capsys.readouterr()
    assert "NOT ENOUGH DATA" in said.out
    assert "latency (rollback)" in said.out
    assert said.err == "latency [metadata.lang=de]: 50 values\n"
    show_statuses([])
    assert capsys.readouterr().err == "No streams yet.\n"
