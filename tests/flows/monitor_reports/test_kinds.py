"""Pictures and tables of signals that are no plain numbers."""

from dataclasses import replace

from llmops.flows.monitor_reports.clouds import CloudReport
from llmops.flows.monitor_reports.gather import MonitorReport
from llmops.flows.monitor_reports.kinds import cloud_table, judged_figure, word_figure


def test_each_kind_is_drawn_with_what_it_says(mixed: MonitorReport) -> None:
    words = word_figure(mixed.words[0])
    assert "120 values before (light), 120 now (dark)" in words
    assert "0.0% → 66.7%" in words
    judged = judged_figure(mixed.judged[0])
    assert ">control set at first</text>" in judged
    assert ">drifts</text>" in judged
    assert "of its control set got 1 at first" in judged
    assert ">differs</span>" in cloud_table(mixed.clouds)


def test_what_is_missing_is_left_out_or_said(mixed: MonitorReport) -> None:
    assert word_figure(replace(mixed.words[0], p=None)) == ""
    assert judged_figure(replace(mixed.judged[0], told=())) == ""
    assert "control set" not in judged_figure(replace(mixed.judged[0], control=None, said=""))
    assert cloud_table([]) == ""
    assert "too few values" in cloud_table([CloudReport("embedding", (3, 40))])
