"""A report as labels let it stand, and promotions that rest on it."""

import pytest

from llmops.domain.calibration import Label
from llmops.domain.run import Run
from llmops.flows.evaluation.baselines import report_of
from llmops.flows.evaluation.labels import draw
from llmops.flows.evaluation.standing_report import gather, standing_report
from tests.support.promotions import NOW, RELATIVE, Stage

CALIBRATED = ({"scorer": "contains", "min": 0.6, "calibrated": True},)


@pytest.fixture
def run(stage: Stage) -> Run:
    stage.rule(require=["docs"])
    stage.suite(CALIBRATED)
    return stage.evaluate(stage.app(), 180, 40)


def label(stage: Stage, run: Run, size: int, *, wrong: int = 0) -> None:
    """People label a sample as the judge did, but for the first few of what it liked."""
    report = report_of(run)
    assert report is not None
    drawn = draw(stage.store, run, report, size=size, scorers=["contains"], now=NOW)
    given = {one.case_id: one.scores["contains"].value or 0.0 for one in stage.store.runs.results(run.id)}
    labels = []
    for output in drawn.outputs:
        value = given[output.case_id]
        if value and wrong:
            value, wrong = 0.0, wrong - 1
        labels.append(
            Label(
                run_id=run.id,
                scorer="contains",
                identity=report.scores[0].identity,
                case_id=output.case_id,
                value=value,
                at=NOW,
            )
        )
    stage.store.labels.add(labels)


def test_without_labels_a_report_stands_as_it_was_stored(stage: Stage, run: Run) -> None:
    assert standing_report(stage.store, run) == report_of(run)
    assert gather(stage.store, run, standing_report(stage.store, run)) == {}  # type: ignore[arg-type]


def test_labels_add_agreement_and_decide_the_gate_and_change_nothing_stored(stage: Stage, run: Run) -> None:
    label(stage, run, 100, wrong=2)
    stands = standing_report(stage.store, run)
    assert stands is not None
    assert (stands.outcome, stands.calibrations[0].sampled) == ("pass", 100)
    assert stands.calibrations[0].corrected == pytest.approx(0.8, abs=0.05)
    stored = report_of(stage.store.runs.get(run.id))
    assert stored is not None
    assert (stored.outcome, stored.calibrations) == ("unknown", ())


def test_a_promotion_waits_for_labels_and_then_rests_on_them(stage: Stage, run: Run) -> None:
    found = stage.check(stage.app())["suite docs"]
    assert (found.state, found.command) == ("unknown", "llmops judge sample docs --run run-1 -o labels.csv")
    label(stage, run, 100)
    found = stage.check(stage.app())["suite docs"]
    assert (found.state, found.evidence) == ("met", "run-1")


def test_a_second_run_is_no_second_try(stage: Stage, run: Run) -> None:
    """People find the first run bad; labels of a later one do not help."""
    label(stage, run, 100, wrong=60)
    assert not stage.check(stage.app())["suite docs"].is_met
    later = stage.evaluate(stage.app(), 180, 40, days=1)
    label(stage, later, 100)
    assert not stage.check(stage.app())["suite docs"].is_met


def test_relative_gates_beside_it_are_still_decided_anew(stage: Stage) -> None:
    stage.rule(require=["docs"])
    stage.suite((*CALIBRATED, *RELATIVE))
    run = stage.evaluate(stage.app(), 180, 40)
    assert stage.check(stage.app())["suite docs"].state == "unknown"
    label(stage, run, 100)
    found = stage.check(stage.app())["suite docs"]
    assert found.state == "met"
    assert found.detail.endswith("contains no worse than production (margin 0.1): no baseline")


def test_a_run_without_a_report_has_none(stage: Stage) -> None:
    stage.suite()
    assert standing_report(stage.store, Run(id="run-x", name="docs", started_at=NOW)) is None
