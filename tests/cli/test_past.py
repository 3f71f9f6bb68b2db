"""What `show --at` tells: what was there, who saw to it, why, and on what evidence."""

import json
from pathlib import Path

from tests.support.workspaces import llmops


def test_what_an_alias_held_at_a_time(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "production", "--reason", "first")
    moved = json.loads(llmops("history", "app/docs", "--json").out)["moves"][0]["at"]
    prompt = ready / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text() + "\nBe brief.\n")
    llmops("register")
    llmops("promote", "app/docs@2", "--to", "production", "--reason", "shorter")
    then = llmops("show", "app/docs@production", "--at", moved)
    assert then.code == 0
    assert "app/docs@production at " in then.err
    assert ": version 1" in then.err
    assert "moved there by ada@example.com (LLMOPS_ACTOR)" in then.err
    assert "before    nothing" in then.err
    assert "reason    first" in then.err
    assert "index docs" in then.err  # the requirements as they stood
    assert "model: offline/extractive" in then.out
    now = json.loads(llmops("show", "app/docs@production", "--at", "0s", "--json").out)
    assert (now["number"], now["move"]["from_number"], now["move"]["reason"]) == (2, 1, "shorter")
    assert (now["trial"], now["approvals"], now["evidence"]) == (None, [], [])


def test_what_all_aliases_held_at_a_time(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "staging", "--reason", "to try")
    shown = llmops("show", "app/docs", "--at", "0s")
    assert "staging" in shown.out
    assert "to try" in shown.out
    assert json.loads(llmops("show", "app/docs", "--at", "0s", "--json").out)[0]["ref"] == "app/docs@staging"
    early = llmops("show", "app/docs", "--at", "2020-01-01")
    assert early.code == 2
    assert "app/docs did not exist at 2020-01-01 23:59:59 UTC" in early.err
    assert llmops("show", "app/docs@staging", "--at", "soon").code == 2


def test_a_trial_is_shown_beside_what_the_alias_held(ready: Path) -> None:
    llmops("promote", "prompt/answer@1", "--to", "production")
    (ready / "prompts" / "answer.md").write_text("Answer: {{ question }}\n")
    llmops("register")
    assert llmops("promote", "prompt/answer@2", "--to", "production", "--canary", "10%").code == 0
    shown = llmops("show", "prompt/answer@production", "--at", "0s")
    assert "beside it version 2 as canary for 10 %" in shown.err
    assert ": version 1" in shown.err


def test_evidence_and_approvals_of_a_move(ready: Path) -> None:
    rules = "\n[aliases.production]\nrequire = ['docs']\napprovals = 1\n"
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text().split("gates:")[0] + "gates:\n  - {error_rate: 0.5}\n")
    settings = ready / "llmops.toml"
    settings.write_text(settings.read_text() + rules)
    assert llmops("register").code == 0
    assert llmops("eval", "docs").code == 0
    assert llmops("approve", "app/docs@1", "--for", "production", "--reason", "read it").code == 0
    moved = llmops("promote", "app/docs@1", "--to", "production", "--reason", "ready")
    assert moved.code == 0, moved.out + moved.err
    shown = llmops("show", "app/docs@production", "--at", "0s")
    assert ": pass" in next(line for line in shown.err.splitlines() if line.startswith("evidence  run-"))
    assert "by ada@example.com (LLMOPS_ACTOR)  read it" in shown.err
    told = json.loads(llmops("show", "app/docs@production", "--at", "0s", "--json").out)
    assert [item["gates"] for item in told["evidence"]] == ["pass"]
    assert [row["reason"] for row in told["approvals"]] == ["read it"]


def test_a_forced_move_says_so(ready: Path) -> None:
    settings = ready / "llmops.toml"
    settings.write_text(settings.read_text() + "\n[aliases.production]\nrequire = ['docs']\n")
    assert llmops("register").code == 0
    assert llmops("promote", "app/docs@1", "--to", "production").code == 1
    assert llmops("promote", "app/docs@1", "--to", "production", "--force", "--reason", "outage").code == 0
    shown = llmops("show", "app/docs@production", "--at", "0s")
    assert "moved there, forced, by ada@example.com" in shown.err
    assert "reason    outage" in shown.err
    assert "not met" in shown.err
