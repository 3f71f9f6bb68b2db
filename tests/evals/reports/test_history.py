"""Scores over time."""

import io
from datetime import timedelta

from llmops.evals.reports.history import Past, history_json, labels_of, print_history, write_history
from tests.support.eval_runs import STARTED, binary, loaded, report

EVIL = "<script>alert(1)</script>"


def past(passes: int, day: int, version: str = "app/docs@1", identity: str = "given") -> Past:
    found = report(
        binary(passes, 40 - passes),
        loaded(identity=identity),
        run_id=f"run-{day}",
        started_at=STARTED + timedelta(days=day),
    )
    return Past(found, version)


def test_a_table_has_a_line_for_each_run_oldest_first() -> None:
    stream = io.StringIO()
    history = [past(20, 0), past(30, 1, "app/docs@2"), past(36, 2, "app/docs@2", identity="newer")]
    print_history(history, ["contains"], file=stream)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "contains"
    assert [line.split()[2] for line in lines[2:]] == ["app/docs@1", "app/docs@2", "app/docs@2"]
    assert "0.750" in lines[3]
    assert "run-1 (" not in lines[3]
    assert lines[4].endswith("run-2 (scorer redefined)")


def test_scorers_are_those_of_the_newest_run_first() -> None:
    old = Past(report(binary(3, 1), loaded("a"), loaded("b")), "app/docs@1")
    new = Past(report(binary(3, 1), loaded("b"), loaded("c")), "app/docs@2")
    assert labels_of([old, new]) == ["b", "c", "a"]
    assert labels_of([old, new], ["a"]) == ["a"]


def test_a_page_has_a_picture_and_a_table() -> None:
    stream = io.StringIO()
    write_history([past(20, 0, EVIL), past(30, 1, "app/docs@2")], ["contains"], stream)
    text = stream.getvalue()
    assert "2 finished runs, oldest first" in text
    assert text.count("<circle") == 2
    assert "0.598 to 0.858" in text
    assert "<script" not in text


def test_as_json_every_point_has_its_interval() -> None:
    (found,) = history_json([past(30, 1)], ["contains"])
    assert found["version"] == "app/docs@1"
    assert found["scores"]["contains"]["mean"] == 0.75
    assert found["scores"]["contains"]["interval"]["method"] == "Wilson"
