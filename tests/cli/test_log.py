"""llmops log: what was answered, found again, judged, exported and deleted."""

import json
from pathlib import Path

import pytest

import llmops
from tests.support.served import plain as plain
from tests.support.workspaces import llmops as run


@pytest.fixture
def log(plain: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three answers; their ids."""
    monkeypatch.chdir(plain)
    monkeypatch.setenv("LLMOPS_ACTOR", "ada@example.com")
    monkeypatch.setenv("COLUMNS", "250")
    with llmops.open(plain) as ws:
        app = ws.app("plain@production")
        return [
            app.ask("first parcel", user="u1", metadata={"lang": "de"}).id,
            app.ask("second parcel", user="u2", metadata={"lang": "en"}).id,
            app.ask("a letter", user="u1", metadata={"lang": "en"}).id,
        ]


def listed(*arguments: str) -> list[str]:
    said = run("log", "list", "--json", *arguments)
    assert said.code == 0, said.err
    return [one["id"] for one in json.loads(said.out)]


def test_the_list_is_narrowed(log: list[str]) -> None:
    first, second, third = log
    assert listed() == [third, second, first]
    assert listed("--text", "PARCEL", "--app", "app/plain@1", "--since", "1h") == [second, first]
    assert listed("--segment", "metadata.lang=en", "--user", "u1") == [third]
    assert listed("--app", "plain@2") == listed("--verdict", "block") == listed("--until", "1h") == []
    shown = run("log", "list", "--limit", "1").out
    assert third in shown
    assert "a letter" in shown
    assert "No such interactions." in run("log", "list", "--text", "nothing").err


def test_feedback_is_shown_and_found(log: list[str]) -> None:
    assert run("log", "feedback", log[0], "--score", "0", "--correction", "Two days.").code == 0
    assert listed("--max-score", "0.5") == [log[0]]
    shown = run("log", "show", log[0]).out
    assert "correction: Two days." in shown
    assert "first parcel" in shown
    assert json.loads(run("log", "show", log[1], "--json").out)["inputs"] == {"question": "second parcel"}
    silent = run("log", "feedback", log[0])
    assert (silent.code, "Give --score, --correction or --comment." in silent.err) == (2, True)
    absent = run("log", "show", "reply-0")
    assert (absent.code, "there is no interaction 'reply-0'" in absent.err) == (2, True)


def test_cases_are_appended_once_and_a_correction_is_what_is_expected(log: list[str], plain: Path) -> None:
    run("log", "feedback", log[0], "--correction", "Two days.")
    file = plain / "cases.jsonl"
    file.write_text('{"id": "own", "inputs": {"question": "x"}}')
    assert "3 cases added" in run("log", "export", "--cases", "cases.jsonl").err
    assert "0 cases added to cases.jsonl, 3 were there already" in run("log", "export", "--cases", "cases.jsonl").err
    cases = [json.loads(line) for line in file.read_text().splitlines()]
    assert [case["id"] for case in cases] == ["own", *reversed(log)]
    assert cases[-1]["expectations"] == {"answer": "Two days."}
    assert cases[-1]["metadata"] == {"lang": "de"}
    assert "expectations" not in cases[1]
    wrong = run("log", "export", "--cases", "cases.csv")
    assert (wrong.code, "Name a file that ends in .jsonl." in wrong.err) == (2, True)


def test_exports_are_json_lines_or_parquet(log: list[str], plain: Path) -> None:
    from pyarrow.parquet import read_table

    lines = [json.loads(line) for line in run("log", "export").out.splitlines()]
    assert [line["id"] for line in lines] == list(reversed(log))
    assert "3 interactions in log.parquet" in run("log", "export", "-o", "log.parquet").err
    table = read_table(plain / "log.parquet").to_pylist()
    assert [row["id"] for row in table] == list(reversed(log))
    assert json.loads(table[0]["inputs"]) == {"question": "a letter"}
    run("log", "export", "-o", "log.jsonl", "--limit", "2")
    assert len((plain / "log.jsonl").read_text().splitlines()) == 2


def test_a_user_is_forgotten_with_proof(log: list[str]) -> None:
    done = run("log", "delete", "--user", "u1", "--reason", "asked")
    assert done.code == 0
    assert "2 interactions and 0 pieces of feedback deleted; 0 left." in done.out
    assert listed() == [log[1]]
    assert run("db", "check").code == 0
    assert "There was nothing to delete." in run("log", "delete", "--user", "u1").err
    assert json.loads(run("log", "delete", "--before", "2099-01-01", "--json").out)["interactions"] == 1
    unclear = run("log", "delete")
    assert (unclear.code, "Give --user U or --before T" in unclear.err) == (2, True)
