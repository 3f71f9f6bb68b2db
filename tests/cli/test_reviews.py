"""llmops log review: a sample on the terminal, and as a sheet."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import llmops
from tests.support.served import plain as plain
from tests.support.workspaces import llmops as run


@pytest.fixture
def asked(plain: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose app was asked six things."""
    monkeypatch.chdir(plain)
    monkeypatch.setenv("LLMOPS_ACTOR", "ada@example.com")
    with llmops.open(plain) as ws:
        for number in range(6):
            ws.app("plain@production").ask(f"parcel {number}")
    return plain


def typed(keys: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "llmops", "log", "review", *arguments],
        input=keys, capture_output=True, text=True, check=False,
    )  # fmt: skip


def scores() -> list[float | None]:
    return sorted((one["score"] for one in json.loads(run("log", "list", "--json").out)), key=str)


def test_each_opinion_is_kept_at_once_and_nobody_is_asked_twice(asked: Path) -> None:
    said = typed("1\nc\nTwo days.\n0\ns\nnonsense\n0.5\nq\n", "-n", "5")
    assert said.returncode == 0, said.stderr
    assert "── 1 of 5 · reply-" in said.stdout
    assert "Q: parcel " in said.stdout
    assert "'nonsense' is none of them." in said.stderr
    assert "Kept what you said of 3." in said.stderr
    assert scores() == [0.0, 0.5, 1.0, None, None, None]
    (corrected,) = [one for one in json.loads(run("log", "list", "--json").out) if one["score"] == 0.0]
    assert corrected["feedback"][0]["correction"] == "Two days."
    assert "1 of 3" in typed("", "-n", "5").stdout
    assert "Nothing to review." in run("log", "review", "--text", "nothing").err


def test_a_sheet_is_written_and_taken_once(asked: Path) -> None:
    assert "llmops log review --sheet sheet.csv" in run("log", "review", "-n", "2", "-o", "sheet.csv").err
    head, *rows = (asked / "sheet.csv").read_text().splitlines()
    (asked / "sheet.csv").write_text("\n".join([head, rows[0].replace(",,,,", ",good,,,", 1), *rows[1:]]) + "\n")
    assert json.loads(run("log", "review", "--sheet", "sheet.csv", "--json").out) == {"kept": 1, "known": 0}
    assert "0 kept from sheet.csv, 1 known before." in run("log", "review", "--sheet", "sheet.csv").err
    assert scores() == [1.0, None, None, None, None, None]
    drawn = json.loads(run("log", "review", "-n", "9", "--json").out)
    assert len(drawn) == 5
    both = run("log", "review", "-o", "a.csv", "--sheet", "sheet.csv")
    assert (both.code, "Fill it in between the two." in both.err) == (2, True)
