"""hooks list, deliveries, retry."""

import json
from pathlib import Path

import pytest

from llmops.flows.alerting.notices import queue
from llmops.workspace.workspace import open_workspace
from tests.support.alerts import MONITOR, an_alert
from tests.support.interactions import BEGAN
from tests.support.receiver import receiver
from tests.support.workspaces import llmops

HOOKS = """
[hooks.local]
on = ["promote", "rollback"]
command = ["sh", "-c", "cat > told.json"]
wait = "30s"

[hooks.broken]
on = ["promote"]
command = ["false"]
wait = "30s"

[hooks.remote]
on = ["promote"]
url = "https://hooks.invalid/secret-path"
secret_env = "HOOK_SECRET"
"""


@pytest.fixture
def promoted(ready: Path, caplog: pytest.LogCaptureFixture) -> Path:
    """A workspace with hooks, and an event for each."""
    with (ready / "llmops.toml").open("a") as file:
        file.write(HOOKS)
    assert llmops("promote", "prompt/answer", "--to", "production").code == 0
    return ready


def test_list_says_where_hooks_lead_and_what_they_lack(promoted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = llmops("hooks", "list")
    assert said.code == 0
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in said.out.splitlines()}
    assert "promote, rollback" in lines["local"]
    assert lines["local"].endswith("ready")
    assert lines["remote"].endswith("waits: HOOK_SECRET is not set")
    assert "https://hooks.invalid" in lines["remote"]
    assert "secret-path" not in said.out
    monkeypatch.setenv("HOOK_SECRET", "x")
    found = {hook["name"]: hook for hook in json.loads(llmops("hooks", "list", "--json").out)}
    assert found["remote"] == {
        "name": "remote",
        "on": ["promote"],
        "to": "https://hooks.invalid",
        "kind": "webhook",
        "missing": "",
        "pending": 1,
        "failed": 0,
    }


def test_without_hooks_list_says_how_to_write_one(ready: Path) -> None:
    assert "write [hooks.NAME] in llmops.toml" in llmops("hooks", "list").err


def test_list_tells_of_deliveries_whose_hook_is_gone(promoted: Path) -> None:
    toml = promoted / "llmops.toml"
    toml.write_text(toml.read_text().replace("[hooks.remote]", "[hooks.distant]"))
    assert "Deliveries wait for hooks that are not in this llmops.toml: remote." in llmops("hooks", "list").err


def test_deliveries_are_shown_with_their_errors(promoted: Path) -> None:
    said = llmops("hooks", "deliveries")
    by_hook = {line.split()[1]: line for line in said.out.splitlines()[1:]}
    assert "delivered" in by_hook["local"]
    assert "false ended with status 1" in by_hook["broken"]
    assert "pending" in by_hook["remote"]
    (local,) = json.loads(llmops("hooks", "deliveries", "--hook", "local", "--json").out)
    assert local["body"] == json.loads((promoted / "told.json").read_text())
    assert local["body"]["subject"]["to_number"] == 1
    pending = json.loads(llmops("hooks", "deliveries", "--state", "pending", "--json").out)
    assert {delivery["hook"] for delivery in pending} == {"broken", "remote"}
    assert len(json.loads(llmops("hooks", "deliveries", "--limit", "1", "--json").out)) == 1


def test_a_state_that_is_none_is_named(ready: Path) -> None:
    said = llmops("hooks", "deliveries", "--state", "fialed")
    assert said.code == 2
    assert "'fialed' is no state of a delivery" in said.err
    assert "Did you mean 'failed'?" in said.err


def test_retry_says_what_became_of_each(promoted: Path) -> None:
    said = llmops("hooks", "retry")
    assert said.code == 3
    assert "0 delivered, 2 not" in said.err
    toml = promoted / "llmops.toml"
    toml.write_text(toml.read_text().replace('"false"', '"true"'))
    (broken,) = json.loads(llmops("hooks", "deliveries", "--hook", "broken", "--json").out)
    one = llmops("hooks", "retry", broken["id"], "--json")
    assert one.code == 0
    assert [(found["hook"], found["state"]) for found in json.loads(one.out)] == [("broken", "delivered")]
    assert llmops("hooks", "retry", broken["id"]).code == 2


def test_retry_brings_back_what_was_given_up(promoted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "x")
    toml = promoted / "llmops.toml"
    with receiver() as there:
        toml.write_text(toml.read_text().replace("https://hooks.invalid", there.url).replace('"false"', '"true"'))
        assert llmops("hooks", "retry").code == 3
        (remote,) = json.loads(llmops("hooks", "deliveries", "--state", "failed", "--json").out)
        assert "is a private, loopback or link-local address" in remote["error"]
        toml.write_text(toml.read_text() + "allow_private = true\n")
        assert llmops("hooks", "retry").code == 0
        assert len(there.posted) == 1
    assert "Nothing waits." in llmops("hooks", "retry").err


def test_retry_tells_of_alerts_too(ready: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_workspace(ready) as ws:
        queue(ws.services, ["oncall"], (an_alert(), "opened"), actor=MONITOR, now=BEGAN)
    nowhere = llmops("hooks", "retry")
    assert nowhere.code == 3
    assert "notices to oncall wait: there is no connection 'oncall'" in caplog.text
    with (ready / "llmops.toml").open("a") as file:
        file.write('[connections.oncall]\ncommand = ["sh", "-c", "cat > told.json"]\nquiet = "00:00-23:59 UTC"\n')
    assert llmops("hooks", "retry").code == 0
    assert json.loads((ready / "told.json").read_text())["subject"]["title"] == "docs: latency drifted"
