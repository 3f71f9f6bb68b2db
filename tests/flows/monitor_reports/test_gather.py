"""What a report of a monitor is made of."""

from datetime import timedelta
from pathlib import Path

from llmops.core.names import parse_ref
from llmops.flows.monitor_reports.gather import BUCKETS, MonitorReport, gather
from llmops.workspace.workspace import open_workspace
from tests.support.monitored import LATE, NOW, START, write_monitor


def test_signals_are_in_stretches_of_time_with_their_version_and_change(gathered: MonitorReport) -> None:
    assert [one.name for one in gathered.signals] == ["latency", "errors", "length"]
    latency, errors, _ = gathered.signals
    assert latency.change is not None
    assert abs(latency.buckets[latency.change].at - LATE) < timedelta(hours=2)
    assert latency.buckets[0].version == "version 1"
    assert errors.change is None
    assert len(latency.buckets) <= BUCKETS
    assert sum(bucket.mean.n for bucket in latency.buckets) == len(gathered.interactions) == 240


def test_now_begins_with_the_newest_alert(gathered: MonitorReport) -> None:
    assert gathered.split == LATE
    assert [len(values) for values in (gathered.signals[0].before, gathered.signals[0].since)] == [120, 120]


def test_who_is_served_worse_follows_from_what_is_better(gathered: MonitorReport) -> None:
    by_signal = {one.signal: {group.group: group.service for group in one.groups} for one in gathered.service}
    assert by_signal["latency"] == {"de": "worse", "en": "better"}
    assert by_signal["errors"] == {"de": "no difference shown", "en": "no difference shown"}


def test_answers_and_questions_are_on_maps_by_their_embeddings(gathered: MonitorReport) -> None:
    assert [sum(point.is_new is new for point in gathered.points) for new in (False, True)] == [120, 120]
    assert gathered.notes == []
    assert [point.is_new for point in gathered.asked] == [point.is_new for point in gathered.points]


def test_rows_of_a_classic_model_are_shown(watched_shop: Path) -> None:
    days = "".join(
        f"{START + timedelta(hours=n):%Y-%m-%dT%H:%M:%S+00:00},{0.2 + 0.5 * (n >= 60)},\n" for n in range(120)
    )
    (watched_shop / "rows.csv").write_text("at,score,note\n" + days + "2020-01-01T00:00:00+00:00,9,too old\n")
    signals = "signals: [column: {name: score, of: metadata.score}]"
    write_monitor(watched_shop, f"target: {{model: churn, file: rows.csv}}\n{signals}\n", "churn")
    with open_workspace(watched_shop) as ws:
        found = gather(ws.services, parse_ref("churn", "monitor"), now=NOW)
    (score,) = found.signals
    assert (len(found.interactions), score.change is not None) == (120, True)
    assert (max(score.before), min(score.since)) == (0.2, 0.7)
    assert (found.points, found.asked) == ([], [])
