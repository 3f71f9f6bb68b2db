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
from tests.support.monitored import LATE, NOW, START, evaluated, traffic, write_monitor
from tests.support.workspaces import make_workspace

MIXED = """\
target: {app: docs}
signals:
  - column: {name: lang, of: metadata.lang, type: category}
  - embedding: {of: output, sample: 0.5}
  - judged: {scorer: contains, sample: 1.0, arguments: {value: refund}}
reference: {until: 2026-03-05 00:00, minimum: 100}
false_alarms: {mean_run_length: 1000}
"""
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


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> MonitorReport:
    """A report of signals that are words, vectors and judged: other languages, other answers, and no refunds any more."""
    root = make_workspace(tmp_path_factory.mktemp("mixed") / "shop")
    write_monitor(root, MIXED, "mixed")
    before, since = START + timedelta(days=3), LATE + timedelta(hours=1)
    with open_workspace(root) as ws:
        ws.register()
        old = [
            one.model_copy(
                update={
                    "output": f"your refund number {n} is on its way",
                    "metadata": {"lang": "de" if n % 3 else "en"},
                }
            )
            for n, one in enumerate(traffic(120, since=before))
        ]
        new = [
            one.model_copy(
                update={"output": f"order {n}: {HOSTILE} is late", "metadata": {"lang": "fr" if n % 3 else "de"}}
            )
            for n, one in enumerate(traffic(120, since=since, first=200))
        ]
        for page, now in ((old, LATE), (new, NOW)):
            ws.store.interactions.add(page)
            evaluated(ws, "mixed", now=now)
        ws.store.alerts.settle("mixed", START, lambda known: [an_alert(since=since, until=NOW, monitor="mixed")])
        return gather(ws.services, parse_ref("mixed", "monitor"), now=NOW)
