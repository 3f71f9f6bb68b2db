"""From a run to a file for people, and back."""

import csv
import io
import json
from pathlib import Path

import pytest

from llmops.core.errors import Conflict, InputError, NotFound
from llmops.domain.run import Run
from llmops.flows.evaluation.baselines import report_of
from llmops.flows.evaluation.labels import Drawn, draw, find_run, read_labels, write_sample
from tests.support.promotions import NOW, Stage


@pytest.fixture
def run(stage: Stage) -> Run:
    stage.suite()
    return stage.evaluate(stage.app(), 60, 20)


def drawn(stage: Stage, run: Run, size: int = 30) -> Drawn:
    report = report_of(run)
    assert report is not None
    return draw(stage.store, run, report, size=size, scorers=["contains"], now=NOW)


def read(stage: Stage, run: Run, path: Path, text: str) -> list[tuple[str, float, str]]:
    report = report_of(run)
    assert report is not None
    path.write_text(text)
    found = read_labels(stage.store, run, report, path, scorer=None, now=NOW)
    return [(label.case_id, label.value, label.who) for label in found]


def test_the_newest_finished_run_of_a_suite_is_meant(stage: Stage, run: Run) -> None:
    assert find_run(stage.store, "docs", None)[0].id == run.id
    assert find_run(stage.store, "docs", run.id)[0].id == run.id
    with pytest.raises(NotFound, match=r"is of suite docs, not of other\nllmops runs list other"):
        find_run(stage.store, "other", run.id)
    with pytest.raises(NotFound, match=r"suite other has no finished run\nllmops eval other"):
        find_run(stage.store, "other", None)


def test_a_sample_is_written_in_the_order_of_drawing(stage: Stage, run: Run) -> None:
    found, stream = drawn(stage, run), io.StringIO()
    write_sample(stage.store, found, Path("labels.csv"), stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert [row["case_id"] for row in rows] == [output.case_id for output in found.outputs]
    assert {(row["scorer"], row["value"], row["output"]) for row in rows} == {("contains", "", "an answer")}
    lines = io.StringIO()
    write_sample(stage.store, found, Path("labels.jsonl"), lines)
    assert json.loads(lines.getvalue().splitlines()[0])["inputs"] == {"question": f"about {rows[0]['case_id']}?"}


def test_a_larger_sample_holds_the_smaller_one_up_to_the_pool(stage: Stage, run: Run) -> None:
    first, second = drawn(stage, run), drawn(stage, run, 40)
    assert list(second.outputs[:30]) == list(first.outputs)
    assert (first.sample.pool, stage.store.labels.drawn(run.id)) == (40, second.sample)
    with pytest.raises(
        Conflict, match=r"at most 40 outputs of run-1.*60 are too many\nllmops judge sample docs --n 40"
    ):
        drawn(stage, run, 60)


def test_a_small_run_may_be_labelled_to_the_end(stage: Stage, run: Run) -> None:
    assert (drawn(stage, run, 500).sample.size, drawn(stage, run, 500).sample.pool) == (80, 80)


def test_people_are_asked_about_judges_unless_a_scorer_is_named(stage: Stage, run: Run) -> None:
    report = report_of(run)
    assert report is not None
    with pytest.raises(InputError, match=r"no judge scored run-1.*\nllmops judge sample docs --scorer contains"):
        draw(stage.store, run, report, size=5, scorers=[], now=NOW)
    with pytest.raises(InputError, match=r"no scorer 'contians' that people could check\nDid you mean 'contains'"):
        draw(stage.store, run, report, size=5, scorers=["contians"], now=NOW)


def test_labels_are_numbers_or_words(stage: Stage, run: Run, tmp_path: Path) -> None:
    text = "case_id,value,who\nc00000,pass,ada\nc00001,0,ada\nc00002,No,\nc00003,,ada\nc00004, Good ,eve\n"
    assert read(stage, run, tmp_path / "l.csv", text) == [
        ("c00000", 1.0, "ada"), ("c00001", 0.0, "ada"), ("c00002", 0.0, ""), ("c00004", 1.0, "eve"),
    ]  # fmt: skip
    lines = '{"case_id": "c00000", "repeat": 0, "scorer": "contains", "value": 0.5}\n'
    assert read(stage, run, tmp_path / "l.jsonl", lines) == [("c00000", 0.5, "")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("case_id,value\nc00000,pass\nnope,1\n", r"l.csv:3: run-1 has no answer to case 'nope', repeat 0\nLabels are"),
        ("case_id,value\nc00000,7\n", r"l.csv:2: the value '7' is no score of contains\nWrite a number from 0 to 1"),
        ("case_id,value\nc00000,nice\n", "l.csv:2: the value 'nice' is no score"),
        ("case_id,value\nc00000,nan\n", "l.csv:2: the value 'nan' is no score"),
        ("case_id,value,scorer\nc00000,1,tone\n", r"l.csv:2: there is no scorer 'tone'.*\nIts scorers are contains"),
        ("case_id,value,repeat\nc00000,1,x\n", r"l.csv:2: repeat is 'x', no whole number\nWrite 0"),
        ("name,value\nc00000,1\n", r"l.csv:2: a label names no case_id; it has name, value\nColumns: case_id"),
        ("case_id,value\nc00000,1\nc00000,0\n", r"l.csv:3: case 'c00000' is labelled twice for contains\nKeep one row"),
        ("case_id,value\nc00000,\n", r"l.csv: no row has a value\nWrite 1 or 0"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_labels(stage: Stage, run: Run, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(stage, run, tmp_path / "l.csv", text)


def test_a_file_that_is_not_there_is_named(stage: Stage, run: Run, tmp_path: Path) -> None:
    report = report_of(run)
    assert report is not None
    with pytest.raises(NotFound, match=r"there is no file .*no.csv\nllmops judge sample docs -o"):
        read_labels(stage.store, run, report, tmp_path / "no.csv", scorer=None, now=NOW)
