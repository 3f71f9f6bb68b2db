"""NAME=VALUE pairs, shares of traffic, and who acts when."""

from datetime import timedelta
from pathlib import Path

import pytest

import llmops
from llmops.cli.values import actor, choice, now, read_budget, read_share, read_tag_changes, read_tags, read_values
from llmops.core.errors import InputError
from llmops.domain.spending import Budget


def test_values_are_json_where_they_read_as_json() -> None:
    assert read_values(["n=3", "who=Ada", "list=[1, 2]", "flag=true", "text=a=b"]) == {
        "n": 3,
        "who": "Ada",
        "list": [1, 2],
        "flag": True,
        "text": "a=b",
    }


@pytest.mark.parametrize(
    ("pairs", "problem"), [(["x"], "is no NAME=VALUE"), (["=1"], "is no NAME=VALUE"), (["a=1", "a=2"], "given twice")]
)
def test_malformed_pairs_are_refused(pairs: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_values(pairs)


@pytest.mark.parametrize(("text", "share"), [("10%", 0.1), (" 2.5% ", 0.025), ("0.1", 0.1), ("100%", 1.0), ("1", 1.0)])
def test_shares_of_traffic(text: str, share: float) -> None:
    assert read_share(text, "--canary") == pytest.approx(share)


@pytest.mark.parametrize("text", ["10", "-5%", "a lot", "nan", "", "%"])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(InputError, match=r"--canary .* is no share of traffic\nWrite for example --canary 10%"):
        read_share(text, "--canary")


def test_who_acts_and_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMOPS_ACTOR", "ada@example.com")
    with llmops.open(tmp_path) as ws:
        assert actor(ws).name == "ada@example.com"
    assert now().utcoffset() == timedelta(0)


def test_tags_and_changes_of_tags() -> None:
    assert read_tags(["team=search", "empty=", "url=a=b"]) == {"team": "search", "empty": "", "url": "a=b"}
    assert read_tag_changes(["a=1-", "b-", "c-d-"]) == ({"a": "1-"}, ["b", "c-d"])


@pytest.mark.parametrize(
    "words", [["team"], ["=x"], ["-"], ["a=1", "a=2"], ["a=1", "a-"], ["a-", "a-"], ["teamX", "team-"]]
)
def test_changes_of_tags_that_cannot_be_meant(words: list[str]) -> None:
    with pytest.raises(InputError, match=r"is no KEY=VALUE|is given twice"):
        read_tag_changes(words)


def test_a_choice_is_one_of_a_few_words() -> None:
    assert choice("finished", ("running", "finished"), "--status") == "finished"
    assert choice(None, ("running", "finished"), "--status") is None
    with pytest.raises(InputError, match="--status 'finishd' is none of running, finished") as caught:
        choice("finishd", ("running", "finished"), "--status")
    assert "finished" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("5", Budget(usd=5)),
        ("$0.5", Budget(usd=0.5)),
        ("usd=1, tokens=1000", Budget(usd=1, tokens=1000)),
        ("minutes=1.5,calls=7", Budget(minutes=1.5, calls=7)),
    ],
)
def test_a_budget_is_dollars_or_named_limits(text: str, budget: Budget) -> None:
    assert read_budget(text) == budget
    assert read_budget(None) is None


@pytest.mark.parametrize("text", ["", "much", "euros=5", "calls=1.5", "-1", "usd=0"])
def test_what_is_no_budget_says_how_one_is_written(text: str) -> None:
    with pytest.raises(InputError, match="is no budget") as caught:
        read_budget(text)
    assert "usd=5,tokens=1000000,calls=500,minutes=30" in caught.value.hint
