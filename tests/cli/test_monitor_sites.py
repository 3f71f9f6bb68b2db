"""monitor export, monitor merge."""

import json
from pathlib import Path

import pytest

from llmops.workspace.workspace import open_workspace
from tests.support.monitored import LATE, traffic, write_monitor
from tests.support.workspaces import llmops, make_workspace


@pytest.fixture
def states(tmp_path: Path) -> Path:
    """A folder with the states of two sites, of which one drifts."""
    for place, name in enumerate(("frankfurt", "paris")):
        root = make_workspace(tmp_path / name)
        write_monitor(root)
        assert llmops("register", cwd=root).code == 0
        with open_workspace(root) as ws:
            first, slow = place * 5_000, float(place)
            ws.store.interactions.add(
                [*traffic(300, first=first), *traffic(200, since=LATE, first=first + 300, slow=slow)]
            )
        assert llmops("monitor", "run", "docs", cwd=root).code == place
        said = llmops("monitor", "export", "docs", "--site", name, "-o", f"../{name}.json", cwd=root)
        assert said.err == f"Wrote ../{name}.json: 500 interactions of {name}.\n"
    again = llmops("monitor", "export", "docs", "--site", "frankfurt", cwd=tmp_path / "frankfurt")
    assert json.loads(again.out) == json.loads((tmp_path / "frankfurt.json").read_text())
    return tmp_path


def test_sites_are_shown_together_and_written_as_a_report(states: Path) -> None:
    files = ("frankfurt.json", "paris.json")
    said = llmops("monitor", "merge", "docs", *files, "-o", "all.html", cwd=states)
    assert said.code == 1
    assert "DRIFT" in said.out
    assert "latency: drifts by itself at paris" in said.err
    assert said.err.endswith("Wrote all.html.\nmonitor/docs: 1,000 interactions at 2 sites, 3 of 9 streams drift.\n")
    assert (states / "all.html").read_text().startswith("<!doctype html>")
    told = json.loads(llmops("monitor", "merge", "docs", *files, "--json", "-o", "all.json", cwd=states).out)
    assert json.loads((states / "all.json").read_text()) == told
    assert [(one["site"], one["interactions"]) for one in told["sites"]] == [("frankfurt", 500), ("paris", 500)]
    calm = llmops("monitor", "merge", "docs", "frankfurt.json", "frankfurt.json", cwd=states)
    assert (calm.code, "frankfurt is there twice" in calm.err) == (0, False)


def test_files_that_are_none_are_said(states: Path) -> None:
    (states / "bad.json").write_text('{"at": NaN}')
    for name, told in (("bad.json", "is no state of a monitor: NaN is no number"), ("none.json", "cannot be read")):
        said = llmops("monitor", "merge", "docs", name, cwd=states)
        assert (said.code, told in said.err, "llmops monitor export" in said.err) == (2, True, True)
    wrong = llmops("monitor", "merge", "docs", "paris.json", "-o", "m.pdf", cwd=states)
    assert (wrong.code, "m.pdf is no .html, .md or .json file" in wrong.err) == (2, True)
