"""approve."""

import json
from pathlib import Path

import pytest

from tests.support.workspaces import llmops

RULES = '\n[aliases.production."app/docs"]\nfrom = "staging"\napprovals = 1\n'


@pytest.fixture
def asked(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A version of Ada's on staging, which production takes when somebody else approves."""
    for key, value in (("COUNT", "1"), ("KEY_0", "user.email"), ("VALUE_0", "ada@example.com")):
        monkeypatch.setenv(f"GIT_CONFIG_{key}", value)
    settings = workspace / "llmops.toml"
    settings.write_text(settings.read_text() + RULES)
    assert llmops("register").code == 0
    assert llmops("index", "sync", "docs").code == 0
    assert llmops("promote", "app/docs@1", "--to", "staging").code == 0
    monkeypatch.setenv("LLMOPS_ACTOR", "bob@example.com")
    return workspace


def test_what_waits_is_listed_approved_and_promoted(asked: Path) -> None:
    listed = llmops("approve")
    assert listed.code == 0
    assert "llmops approve app/docs@1 --for production" in listed.out
    assert "0 of 1" in listed.out
    waits = json.loads(llmops("approve", "--json").out)
    assert [(item["ref"], item["alias"], item["needed"]) for item in waits["versions"]] == [
        ("app/docs@1", "production", 1)
    ]
    assert waits["rules"] is None
    done = llmops("approve", "app/docs@1", "--for", "production", "--reason", "read the report")
    assert done.code == 0
    assert "Approved app/docs@1 for production: 1 of 1 approvals." in done.err
    assert "Next: llmops promote app/docs@1 --to production" in done.err
    assert "No version waits only for approval." in llmops("approve").err
    assert llmops("promote", "app/docs@1", "--to", "production").code == 0
    table = llmops("history", "app/docs@production").out
    assert "approve" in table
    assert "read the report" in table


def test_without_approval_nothing_moves(asked: Path) -> None:
    said = llmops("promote", "app/docs@1", "--to", "production")
    assert said.code == 1
    assert "approvals     not met  0 of 1" in said.err


def test_the_author_cannot_approve(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMOPS_ACTOR", "Ada@example.com")
    said = llmops("approve", "app/docs@1", "--for", "production")
    assert said.code == 1
    assert "Ada@example.com is the author of app/docs@1 and cannot approve it" in said.err


def test_nobody_lowers_a_rule_in_the_same_breath(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = asked / "llmops.toml"
    settings.write_text(settings.read_text().replace("approvals = 1", "approvals = 0"))
    said = llmops("register")
    assert "wait for 1 approval by someone other than bob@example.com: llmops approve --rules" in said.err
    assert llmops("promote", "app/docs@1", "--to", "production").code == 1
    assert "Rules of promotion proposed by bob@example.com lack 1" in llmops("approve").err
    own = llmops("approve", "--rules")
    assert own.code != 0
    assert "bob@example.com proposed these rules and cannot approve them" in own.err
    monkeypatch.setenv("LLMOPS_ACTOR", "eve@example.com")
    assert "The rules of promotion are in force now." in llmops("approve", "--rules", "--reason", "agreed").err
    assert llmops("promote", "app/docs@1", "--to", "production").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["app/docs@1"], "an approval is of a version for an alias"),
        (["--for", "production"], "an approval is of a version for an alias"),
        (["app/docs@1", "--for", "production", "--rules"], "--rules approves rules, not a version"),
        (["app/docs@1", "--for", "staging"], "staging asks for no approvals of app/docs"),
        (["--rules"], "no rules of promotion wait for approval"),
    ],
)
def test_what_cannot_be_approved(asked: Path, arguments: list[str], said: str) -> None:
    found = llmops("approve", *arguments)
    assert found.code == 2
    assert said in found.err
