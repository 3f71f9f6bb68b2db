import json
from pathlib import Path

from tests.support.policies import add_policy
from tests.support.workspaces import llmops
from tests.support.workspaces import workspace as workspace


def test_an_attack_says_what_gets_through(workspace: Path) -> None:
    add_policy(workspace)
    said = llmops("guard", "attack", "chat", "--no-pairs", "--allow", "24")
    assert said.code == 0
    lines = {line.split("  ")[0]: line for line in said.out.splitlines()}
    assert "rot13" in lines
    assert "Please read this: guerr lrnef" in said.out
    assert "phrase: 23 of 24 disguises let nothing through" in said.out
    assert "card" in said.out.splitlines()[0]
    assert "same" in lines["capitals"]  # of cards
    assert "pair" not in said.out


def test_more_than_allowed_ends_with_one(workspace: Path) -> None:
    add_policy(workspace, "input: [injection]\n")
    assert llmops("guard", "attack", "chat", "--no-pairs").code == 0
    said = llmops("guard", "attack", "chat", "--no-pairs", "--allow", "0")
    assert said.code == 1
    assert "at most 1 disguises of one kind get through; 0 may (--allow)" in said.err
    assert "not tried, as it is not caught plainly either: bob@example.com (email)" in said.err


def test_own_texts_and_benign_ones_can_be_given(workspace: Path) -> None:
    add_policy(workspace, 'input: [{phrases: {phrases: ["three years"]}}]\n')
    Path("bad.txt").write_text("three years of it\nsomething else\n")
    Path("good.txt").write_text("Hello\nIt took three years\n")
    said = llmops("guard", "attack", "chat", "--texts", "bad.txt", "--benign", "good.txt", "--json")
    value = json.loads(said.out)
    assert said.code == 0
    assert value["kinds"]["own"]["through"] == ["rot13"]
    assert value["kinds"]["own"]["pairs"]["tries"] == 213
    assert {"kind": "own", "text": "something else"} in value["missed_plainly"]
    assert value["benign"]["found"] == 1
    assert value["policy"].startswith("sha256:")
    assert "benign texts: 1 of 2 (50.0 %)" in llmops("guard", "attack", "chat", "--benign", "good.txt").out


def test_pairs_that_let_most_through_are_listed(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("input: [injection]\n")
    said = llmops("guard", "attack", str(tmp_path / "own.yaml"), cwd=tmp_path)
    assert "of 213 let nothing through" in said.out
    assert "rot13+markdown" in said.out
    assert "more pairs; --json has all of them" in said.err


def test_a_policy_that_catches_nothing_cannot_be_attacked(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("input: [{length: {max: 1000}}]\n")
    said = llmops("guard", "attack", str(tmp_path / "own.yaml"), cwd=tmp_path)
    assert said.code == 2
    assert "this policy catches none of the known-bad texts" in said.err
    assert "--texts FILE" in said.err
