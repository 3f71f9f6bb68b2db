"""judge sample, judge calibrate."""

import csv
import json
from pathlib import Path

from tests.support.workspaces import llmops


def fill(path: Path, value: str = "pass") -> int:
    """Write the same opinion into every row."""
    rows = list(csv.DictReader(path.read_text().splitlines()))
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows({**row, "value": value, "who": "ada"} for row in rows)
    return len(rows)


def test_outputs_are_drawn_labelled_and_compared(ready: Path) -> None:
    llmops("eval", "docs")
    said = llmops("judge", "sample", "docs", "--scorer", "contains", "-n", "5", "-o", "labels.csv")
    assert said.code == 0
    assert "llmops judge calibrate docs --labels labels.csv" in said.err
    n = fill(ready / "labels.csv")
    done = llmops("judge", "calibrate", "docs", "--labels", "labels.csv")
    assert done.code == 0
    assert f"{n} new labels on run-" in done.err
    assert f"{n} by 1 person" in done.out
    assert "people: 1" in done.out
    again = json.loads(llmops("judge", "calibrate", "docs", "--labels", "labels.csv", "--json").out)
    assert (again["new_labels"], again["calibrations"][0]["labels"]) == (0, n)
    assert "Scores against what 1 person said:" in llmops("runs", "show", again["run"]).out


def test_another_opinion_is_refused_unless_it_replaces(ready: Path) -> None:
    llmops("eval", "docs")
    drawn = json.loads(llmops("judge", "sample", "docs", "--scorer", "contains", "-o", "l.csv", "--json").out)
    assert drawn["scorers"] == ["contains"]
    fill(ready / "l.csv")
    llmops("judge", "calibrate", "docs", "--labels", "l.csv")
    fill(ready / "l.csv", "fail")
    refused = llmops("judge", "calibrate", "docs", "--labels", "l.csv")
    assert refused.code == 1
    assert "ada said 1 about case" in refused.err
    assert llmops("judge", "calibrate", "docs", "--labels", "l.csv", "--replace").code == 0


def test_what_cannot_be_done_is_said(ready: Path) -> None:
    assert "suite docs has no finished run" in llmops("judge", "sample", "docs", "-o", "l.csv").err
    llmops("eval", "docs")
    assert "could not be written" in llmops("judge", "sample", "docs", "--scorer", "contains", "-o", "no/l.csv").err
    assert "there is no file none.csv" in llmops("judge", "calibrate", "docs", "--labels", "none.csv").err
