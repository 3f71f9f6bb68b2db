"""Judges against people, in words."""

import io

from llmops.domain.report import JudgeSummary, Report
from llmops.domain.suite import GateSpec
from llmops.evals.calibration import calibrate
from llmops.evals.gates.calibrated import decide_calibrated
from llmops.evals.gates.scores import Terms
from llmops.evals.reports.judges import confusion_rows, judge_rows, people_text, print_judges
from llmops.evals.reports.markdown_report import summary
from llmops.evals.reports.terminal import print_report
from tests.support.eval_runs import binary, report
from tests.support.labelled import evidence, judged_results


def calibrated() -> Report:
    results = judged_results(200, 0.8)
    known = evidence(results, 60)
    found = calibrate(known)
    assert found is not None
    gate = GateSpec(scorer="contains", min=0.5, calibrated=True, min_kappa=0.1)
    decision = decide_calibrated("contains ≥ 0.5 (calibrated)", gate, known, Terms(0.02, 0.05))
    return report(results).model_copy(update={"calibrations": (found,), "decisions": (decision,)})


def test_agreement_and_corrected_means_are_rows() -> None:
    (row,) = judge_rows(calibrated())
    assert row[:2] == ("contains", "60 (60 of 60 drawn)")
    assert row[-1] == "–"
    assert people_text(calibrated()) == "Scores against what 1 person said:"


def test_a_judge_that_nobody_checked_is_named() -> None:
    judged = report(binary(5, 5)).model_copy(update={"judge": JudgeSummary(models=("openai/x",), digest="sha256:1")})
    assert people_text(judged) == (
        "The judge openai/x has not been compared with people on this run: llmops judge sample docs"
    )
    assert people_text(report(binary(5, 5))) == ""


def test_confusion_has_people_in_rows() -> None:
    found = calibrated().calibrations[0]
    assert [row[0] for row in confusion_rows(found)] == ["people: 0", "people: 1"]
    assert confusion_rows(found)[1][1] == "0"


def test_every_kind_of_report_shows_it() -> None:
    stream = io.StringIO()
    print_report(calibrated(), file=stream)
    assert "Scores against what 1 person said:" in stream.getvalue()
    assert "contains  60 (60 of 60 drawn)" in stream.getvalue()
    assert "## Judges and people" in summary(calibrated())


def test_the_command_prints_all_that_was_measured() -> None:
    stream = io.StringIO()
    print_judges(calibrated(), file=stream)
    text = stream.getvalue()
    for said in ("Cohen's kappa", "Rogan–Gladen", "bias by length", "people: 1", "judge: 0", "✓ pass"):
        assert said in text
