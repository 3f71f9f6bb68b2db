"""A monitor whose app became slow and serves one language worse, with an alert."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.names import parse_ref
from llmops.domain.alert import Change
from llmops.flows.monitor_reports.gather import MonitorReport, gather
from llmops.workspace.workspace import open_workspace
from tests.support.alerts import an_alert, drifting
from tests.support.monitored import LATE, NOW, START, traffic, write_monitor
from tests.support.workspaces import make_workspace

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def watched_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace."""
    root = make_workspace(tmp_path_factory.mktemp("watched") / "shop")
    write_monitor(root)
    alert = an_alert(
        since=LATE,
        until=NOW,
        streams=(drifting(since=LATE),),
        changes=(Change(kind="alias", what=HOSTILE, at=LATE),),
    )
    worse = {"metadata": {"lang": "de"}, "refs": {"app": "sha256:2"}}
    with open_workspace(root) as ws:
        ws.register()
        first = {"app": ws.store.versions.of("app", "docs")[0].digest}
        ws.store.interactions.add(list(traffic(120, since=START + timedelta(days=3), refs=first)))
        ws.store.interactions.add(list(traffic(60, since=LATE, first=200, slow=1.5, **worse)))
        ws.store.interactions.add(list(traffic(60, since=LATE + timedelta(seconds=30), first=300)))
        ws.store.alerts.settle("docs", START, lambda known: [alert])
    return root


@pytest.fixture(scope="module")
def gathered(watched_shop: Path) -> Iterator[MonitorReport]:
    """Its report."""
    with open_workspace(watched_shop) as ws:
        yield gather(ws.services, parse_ref("docs", "monitor"), now=NOW)
