"""The report as Markdown and JSON."""

import json

from llmops.flows.monitor_reports.gather import MonitorReport
from llmops.flows.monitor_reports.plain import as_json, write_markdown


def test_markdown_has_the_numbers(gathered: MonitorReport) -> None:
    lines = write_markdown(gathered).splitlines()
    assert lines[0] == "# monitor/docs"
    assert "240 interactions of docs, 2026-03-10 00:00 UTC" in lines
    assert "## latency by metadata.lang" in lines
    (worse,) = [line for line in lines if line.startswith("| de |") and line.endswith("worse |")]
    assert worse.count("|") == 7


def test_json_is_json(gathered: MonitorReport) -> None:
    told = json.loads(json.dumps(as_json(gathered)))
    assert told["interactions"] == 240
    assert [one["signal"] for one in told["signals"]] == ["latency", "errors", "length"]
    assert told["service"][0]["groups"][0]["service"] == "worse"
    assert told["alerts"][0]["id"] == "alr-1"


def test_signals_that_are_no_plain_numbers_are_there(mixed: MonitorReport) -> None:
    lines = write_markdown(mixed).splitlines()
    for line in ("| fr | 0 | 80 |", "## judged", "## Vectors"):
        assert line in lines
    told = json.loads(json.dumps(as_json(mixed)))
    assert told["words"][0]["shares"][1] == {"word": "fr", "before": 0, "now": 80}
    assert [one["n"] for one in told["judged"][0]["evaluations"]] == [120, 120]
    assert told["vectors"][0]["apart"][0] > 0.9
    assert {one["of"] for one in told["examples"]} == {"embedding"}
