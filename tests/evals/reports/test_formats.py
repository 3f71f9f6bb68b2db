"""Reports for machines, with texts that try to break out of them."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.evaluation import Score
from llmops.domain.report import Decision, Report
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.formats import as_json, write_csv, write_json, write_junit
from tests.support.eval_runs import binary, dossier, report, result

DECISIONS = (
    Decision(gate="contains ≥ 0.9", outcome="pass", reason="fine"),
    Decision(gate="latency p95 ≤ 2 s", outcome="unknown", reason="too few"),
    Decision(gate="error rate ≤ 2 %", outcome="fail", reason="too many"),
)

anything = st.text(st.characters(codec=None, categories=None), max_size=40)


def junit(found: Dossier, *, allow_unknown: bool = False) -> ElementTree.Element:
    stream = io.StringIO()
    write_junit(found, stream, allow_unknown=allow_unknown)
    return ElementTree.fromstring(stream.getvalue())  # noqa: S314  # our own output


def rows(found: Dossier) -> list[dict[str, str]]:
    stream = io.StringIO()
    write_csv(found, stream)
    stream.seek(0)
    return list(csv.DictReader(stream))


def decided(results: list, decisions: tuple[Decision, ...] = DECISIONS) -> Report:  # type: ignore[type-arg]
    return report(results).model_copy(update={"decisions": decisions})


def test_json_has_the_outcome_the_report_and_every_result() -> None:
    stream = io.StringIO()
    results = binary(2, 1)
    write_json(dossier(results, report=decided(results)), stream)
    found = json.loads(stream.getvalue())
    assert found["outcome"] == "fail"
    assert found["scores"][0]["mean"] == pytest.approx(2 / 3)
    assert [r["case_id"] for r in found["results"]] == ["c00000", "c00001", "c00002"]
    assert (
        Report.model_validate({k: v for k, v in found.items() if k not in ("format", "outcome", "results")}).cases == 3
    )


def test_json_of_no_results_is_json() -> None:
    stream = io.StringIO()
    write_json(dossier([]), stream)
    assert json.loads(stream.getvalue())["results"] == []
    assert as_json(report([]))["outcome"] == "pass"


def test_csv_has_a_row_for_each_answer() -> None:
    found = rows(dossier([result("a", 1.0), result("b", None), result("c", error="time-out", repeat=1)]))
    assert [row["contains"] for row in found] == ["1.0", "", ""]
    assert [row["contains status"] for row in found] == ["scored", "missing", "missing"]
    assert found[0]["contains passed"] == "true"
    assert json.loads(found[0]["inputs"]) == {"question": "about a?"}
    assert (found[2]["error"], found[2]["repeat"], found[2]["cost"]) == ("time-out", "1", "")
    assert found[0]["cost"] == "0.001"


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1", "\x1b[31m=1", "\n=1"],
)
def test_a_spreadsheet_takes_no_answer_for_a_formula(text: str) -> None:
    found = rows(dossier([result("a", 1.0, output=text)]))[0]["output"]
    assert found.startswith("'")


@pytest.mark.parametrize("text", ["-5", "+3.25", "plain", "a=b", "it's"])
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    assert rows(dossier([result("a", 1.0, output=text)]))[0]["output"] == text


def test_case_ids_and_labels_are_no_formulas_either() -> None:
    found = rows(dossier([result("=A1", Score(value=-1.0), label="=x")], loaded_as("=x")))
    assert found[0]["case"] == "'=A1"
    assert found[0]["'=x"] == "-1.0"


def loaded_as(label: str):  # type: ignore[no-untyped-def]
    from tests.support.eval_runs import loaded

    return loaded(label, span=None)


def test_junit_is_red_exactly_where_gates_are() -> None:
    results = [*binary(1, 1), result("e", error="time-out")]
    found = junit(dossier(results, report=decided(results)))
    gates, cases = found.findall("testsuite")
    assert (found.get("tests"), found.get("failures"), found.get("errors")) == ("6", "2", "0")
    assert [test.get("name") for test in gates if test.find("failure") is not None] == [
        "latency p95 ≤ 2 s",
        "error rate ≤ 2 %",
    ]
    assert not cases.findall("testcase/failure")
    assert cases.get("skipped") == "2"
    messages = [test.get("message") for test in cases.findall("testcase/skipped")]
    assert messages == ["contains 0.000", "no answer: time-out"]


def test_an_unknown_gate_that_is_allowed_is_skipped() -> None:
    results = binary(1, 0)
    gates = junit(dossier(results, report=decided(results)), allow_unknown=True)[0]
    assert [test.get("name") for test in gates if test.find("skipped") is not None] == ["latency p95 ≤ 2 s"]
    assert gates.get("failures") == "1"


def test_repeats_have_names_of_their_own() -> None:
    cases = junit(dossier([result("a", 1.0), result("a", 0.0, repeat=1)]))[1]
    assert [test.get("name") for test in cases] == ["a", "a (repeat 1)"]


@settings(max_examples=60, deadline=None)
@given(anything, anything, anything)
def test_no_text_breaks_any_format(name: str, output: str, reason: str) -> None:
    results = [result(name or "x", Score(value=0.0, passed=False, reason=reason), output=output)]
    decisions = (Decision(gate=name, outcome="fail", reason=reason),)
    found = dossier(results, report=decided(results, decisions))
    assert len(junit(found).findall("testsuite/testcase")) == 2
    listed = rows(found)
    assert len(listed) == 1
    assert (
        listed[0]["output"][:1] not in set("=+-@\t\r") or listed[0]["output"].lstrip("+-").replace(".", "").isdecimal()
    )
    stream = io.StringIO()
    write_json(found, stream)
    assert json.loads(stream.getvalue())["results"][0]["output"] == output
