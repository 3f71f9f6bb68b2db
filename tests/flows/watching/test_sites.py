"""What a workspace tells of a monitor, and what several tell together."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.errors import Conflict, InputError, NotFound
from llmops.core.names import parse_ref
from llmops.flows.watching.sites import export_state, merge_states
from llmops.workspace.workspace import Workspace, open_workspace
from tests.support.monitored import LATE, MONITOR, NOW, evaluated, traffic, write_monitor
from tests.support.workspaces import make_workspace

DOCS = parse_ref("docs", "monitor")


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[list[Workspace]]:
    roots = [make_workspace(tmp_path / name) for name in ("a", "b")]
    for root in roots:
        write_monitor(root)
    with open_workspace(roots[0]) as first, open_workspace(roots[1]) as second:
        for ws in (first, second):
            ws.register()
        yield [first, second]


def test_counts_of_two_stores_add_up(shops: list[Workspace]) -> None:
    for place, ws in enumerate(shops):
        first = place * 5_000
        ws.store.interactions.add([*traffic(300, first=first), *traffic(100, since=LATE, first=first + 1_000)])
        evaluated(ws)
        ws.store.interactions.add(list(traffic(50, since=NOW, first=first + 2_000)))
        evaluated(ws, now=NOW + timedelta(hours=1))
    told = [export_state(ws.services, DOCS, site=name) for ws, name in zip(shops, "xy", strict=True)]
    text = json.dumps(told)
    assert "word word" not in text
    assert len({one["site_id"] for one in told}) == 2
    merged = merge_states("docs", {"x.json": told[0], "y.json": json.loads(json.dumps(told[1]))})
    assert merged.interactions == 900
    assert [(one.signal, one.segment) for one in merged.statuses] == [
        (one.signal, one.segment) for one in shops[0].store.monitors.latest("docs")[1]
    ]
    latency = merged.statuses[0]
    assert (latency.observations, latency.state, latency.threshold) == (300, "ok", 10_000 * 9 / 2)
    assert latency.note == ""
    assert shops[0].store.alerts.find(monitor="docs") == []


def test_what_cannot_be_told_is_said(shops: list[Workspace]) -> None:
    ws = shops[0]
    with pytest.raises(
        NotFound, match=r"monitor/docs was never evaluated here\nEvaluate it with: llmops monitor run docs"
    ):
        export_state(ws.services, DOCS)
    ws.store.interactions.add(list(traffic(300)))
    evaluated(ws)
    assert export_state(ws.services, DOCS)["site"]
    for text in (MONITOR.replace("length]", "{length: {unit: words}}]"), MONITOR + "block: hour\n"):
        write_monitor(ws.root, text)
        with pytest.raises(
            Conflict,
            match=r"monitor/docs was changed since it was evaluated\nEvaluate it with: llmops monitor run docs",
        ):
            export_state(ws.services, DOCS)
    with pytest.raises(InputError, match=r"odd\.json is no state of a monitor"):
        merge_states("docs", {"odd.json": {"monitor": "docs"}})
