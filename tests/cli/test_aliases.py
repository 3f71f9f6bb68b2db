"""promote, rollback, history."""

import json
from pathlib import Path

import pytest

from tests.support.workspaces import llmops

RULES = '\n[aliases.production."app/docs"]\nfrom = "staging"\nrequire = ["docs"]\nmax_age = "14d"\n'


def change_prompt(root: Path) -> None:
    prompt = root / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text().replace("bookshop", "library"))
    assert llmops("register").code == 0


@pytest.fixture
def ruled(ready: Path) -> Path:
    """The workspace with rules in force for production."""
    settings = ready / "llmops.toml"
    settings.write_text(settings.read_text() + RULES)
    said = llmops("register")
    assert "Rules of promotion now in force:" in said.err
    assert 'production app/docs require: not set → ["docs"]' in said.err
    return ready


def test_promote_break_roll_back(ready: Path) -> None:
    assert llmops("promote", "app/docs@1", "--to", "production").code == 0
    change_prompt(ready)
    moved = llmops("promote", "app/docs@2", "--to", "production", "--reason", "new name")
    assert "now holds version 2 (before: version 1)" in moved.err
    back = llmops("rollback", "app/docs@production", "--reason", "customers complained")
    assert back.code == 0
    assert "back at version 1 (was 2)" in back.err
    assert "10s" in back.err
    moves = json.loads(llmops("history", "app/docs", "--json").out)["moves"]
    assert [(m["action"], m["from_number"], m["to_number"]) for m in moves] == [
        ("move", None, 1),
        ("move", 1, 2),
        ("rollback", 2, 1),
    ]
    assert {m["actor"]["name"] for m in moves} == {"ada@example.com"}


def test_a_promotion_is_refused_until_what_it_asks_for_is_there(ruled: Path) -> None:
    refused = llmops("promote", "app/docs@1", "--to", "production")
    assert refused.code == 1
    assert refused.out == ""
    assert "app/docs@1 cannot be promoted to production: 2 of 3 requirements are not met" in refused.err
    assert "llmops promote app/docs@1 --to staging" in refused.err
    assert "no report that counts on app/docs@1 with suite/docs@1" in refused.err
    assert llmops("eval", "docs@1", "--target", "app/docs@1").code == 0
    assert llmops("promote", "app/docs@1", "--to", "staging").code == 0
    moved = llmops("promote", "app/docs@1", "--to", "production")
    assert moved.code == 0
    assert "suite docs    met" in moved.out
    assert "2 gates passed on 12 cases" in moved.out
    assert "app/docs@production now holds version 1 (before: nothing)." in moved.err
    run = json.loads(llmops("runs", "list", "--json").out)[0]["id"]
    assert run in llmops("history", "app/docs").out


def test_a_dry_run_prints_the_same_table_and_changes_nothing(ruled: Path) -> None:
    refused = llmops("promote", "app/docs@1", "--to", "production")
    dry = llmops("promote", "app/docs@1", "--to", "production", "--dry-run")
    assert dry.code == 1
    assert dry.out.splitlines() == refused.err.splitlines()[1:-1]
    assert "Not moved (--dry-run). 2 not met." in dry.err
    free = llmops("promote", "app/docs@1", "--to", "staging", "--dry-run")
    assert free.code == 0
    assert "Nothing stands in the way." in free.err
    assert "aliases" not in llmops("show", "app/docs@1").err
    assert len(json.loads(llmops("history", "--json").out)["moves"]) == 1


def test_a_quick_look_is_no_evidence(ruled: Path) -> None:
    llmops("eval", "docs@1", "--target", "app/docs@1", "--limit", "3")
    refused = llmops("promote", "app/docs@1", "--to", "production")
    assert "it asked only 3 cases (--limit)" in refused.err


def test_a_working_file_that_was_evaluated_counts_once_it_is_registered(ruled: Path) -> None:
    prompt = ruled / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text().replace("bookshop", "library"))
    assert llmops("eval", "docs").code == 0
    assert llmops("register").code == 0
    dry = json.loads(llmops("promote", "app/docs@2", "--to", "production", "--dry-run", "--json").out)
    assert {item["name"]: item["state"] for item in dry["requirements"]} == {
        "from staging": "not met",
        "suite docs": "met",
        "index docs": "met",
    }


def test_a_refusal_as_json(ruled: Path) -> None:
    said = llmops("promote", "app/docs@1", "--to", "production", "--json")
    assert said.code == 1
    found = json.loads(said.out)
    assert (found["ref"], found["alias"], found["changed"], found["move"]) == ("app/docs@1", "production", False, None)
    assert [item["state"] for item in found["requirements"]] == ["not met", "not met", "met"]
    assert "cannot be promoted" in said.err


def test_force_needs_a_reason_and_shows(ruled: Path) -> None:
    said = llmops("promote", "app/docs@1", "--to", "production", "--force")
    assert said.code == 2
    assert "--force needs a reason" in said.err
    said = llmops("promote", "app/docs@1", "--to", "production", "--force", "--reason", "the old one leaks")
    assert said.code == 0
    assert "Forced, with 2 of 3 requirements not met; the history says so." in said.err
    table = llmops("history", "app/docs@production").out
    assert "move, forced" in table
    assert "the old one leaks" in table
    assert "aliases production (forced)" in llmops("show", "app/docs@1").err
    assert json.loads(llmops("show", "app/docs@production", "--json").out)["forced"] == ["production"]
    row = json.loads(llmops("history", "app/docs", "--json").out)["moves"][-1]
    assert row["forced"] is True
    assert [item["state"] for item in row["details"]["requirements"]] == ["not met", "not met", "met"]


def test_a_canary_is_begun_widened_and_completed(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "production")
    change_prompt(ready)
    begun = llmops("promote", "app/docs@2", "--to", "production", "--canary", "10%")
    assert begun.code == 0
    assert "app/docs@production holds version 1; version 2 answers for 10 % of traffic." in begun.err
    assert "--canary 50%" in begun.err
    assert "trial   production tries out version 2 as canary for 10 %" in llmops("show", "app/docs@2").err
    assert llmops("promote", "app/docs@2", "--to", "production", "--canary", "50%").code == 0
    assert "now holds version 2" in llmops("promote", "app/docs@2", "--to", "production").err
    table = llmops("history", "app/docs").out
    assert "canary 10 %" in table
    assert "canary 50 %" in table


def test_rollback_drops_a_trial_first(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "production")
    change_prompt(ready)
    shadowed = llmops("promote", "app/docs@2", "--to", "production", "--shadow", "5%")
    assert "version 2 also answers, unseen, for 5 % of traffic." in shadowed.err
    back = llmops("rollback", "app/docs@production")
    assert back.code == 0
    assert "Dropped the trial of version 2; app/docs@production holds version 1 as before." in back.err
    assert "abandon" in llmops("history", "app/docs").out


@pytest.mark.parametrize("share", ["10", "110%", "x"])
def test_a_share_of_traffic_needs_its_sign(ready: Path, share: str) -> None:
    said = llmops("promote", "app/docs@1", "--to", "production", "--canary", share)
    assert said.code == 2
    assert "--canary" in said.err


def test_promoting_again_changes_nothing(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "production")
    said = llmops("promote", "app/docs@1", "--to", "production")
    assert said.code == 0
    assert "holds version 1 already; nothing was changed." in said.err


def test_promoting_a_prompt_moves_no_app_and_says_so(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "production")
    change_prompt(ready)
    said = llmops("promote", "prompt/answer@2", "--to", "production")
    assert "app/docs@production stays with its own prompt/answer." in said.err


def test_rolling_back_what_never_moved_says_so(ready: Path) -> None:
    said = llmops("rollback", "app/docs@production")
    assert said.code == 2
    assert "production" in said.err


def test_a_reserved_word_is_no_alias(ready: Path) -> None:
    said = llmops("promote", "app/docs@1", "--to", "latest")
    assert said.code == 2
    assert "'latest' cannot be an alias" in said.err


def test_an_unregistered_file_cannot_be_promoted(workspace: Path) -> None:
    said = llmops("promote", "app/docs", "--to", "production")
    assert said.code == 2
    assert "llmops register" in said.err


def test_an_app_without_its_index_cannot_be_promoted(workspace: Path) -> None:
    llmops("register")
    said = llmops("promote", "app/docs@1", "--to", "production")
    assert said.code == 1
    assert "index docs   not met  it has not been built for this configuration  llmops index sync docs@1" in said.err


def test_the_history_is_a_table_for_people(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "staging", "--reason", "try it")
    said = llmops("history", "app/docs")
    assert "try it" in said.out
    assert "ada@example.com" in said.out


def test_the_whole_history_has_the_rules_too(ruled: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "staging")
    said = llmops("history")
    assert "app/docs@staging" in said.out
    assert 'llmops.toml: production app/docs from: not set → "staging"' in said.out
