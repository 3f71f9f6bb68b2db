"""Gates that demand a judge measured against people."""

import pytest

from llmops.core.errors import InputError
from llmops.domain.report import Decision
from llmops.domain.suite import GateSpec
from llmops.evals.calibration import Evidence
from llmops.evals.gates.calibrated import decide_calibrated
from llmops.evals.gates.decide import check_gates, decide
from llmops.evals.gates.scores import Terms
from tests.support.eval_runs import binary, loaded, observed, result
from tests.support.labelled import evidence, judged_results, label

GATE = GateSpec(scorer="contains", min=0.7, calibrated=True)
TERMS = Terms(0.02, 0.05)


def decided(found: Evidence | None, gate: GateSpec = GATE) -> Decision:
    return decide_calibrated("contains ≥ 0.7 (calibrated)", gate, found, TERMS)


def test_a_fresh_run_is_unknown_and_says_what_to_type() -> None:
    found = decide([GATE], observed(binary(99, 1)), [loaded()])[0]
    assert (found.gate, found.outcome) == ("contains ≥ 0.7 (calibrated)", "unknown")
    assert found.reason == (
        "no person has labelled outputs of this run for contains: "
        "llmops judge sample SUITE -o labels.csv, then llmops judge calibrate SUITE --labels labels.csv"
    )
    assert found.asked == {
        "gate": {"scorer": "contains", "min": 0.7, "calibrated": True}, "max_missing": 0.02, "beta": 0.05
    }  # fmt: skip


def test_labels_let_it_pass_on_the_corrected_mean() -> None:
    found = decided(evidence(judged_results(400, 0.9), 120))
    assert found.outcome == "pass"
    assert found.reason.startswith("corrected mean 0.9")
    assert found.reason.endswith("a mean of at least 0.7 according to people holds with 95 % confidence (betting)")


def test_a_lenient_judge_does_not_let_it_pass() -> None:
    """The judge's own mean is 0.8, far above the limit; people like 40 % of the outputs."""
    found = decided(evidence(judged_results(400, 0.4, lenient=0.6), 150), GATE.model_copy(update={"min_kappa": 0.0}))
    assert found.outcome == "fail"
    assert found.value == pytest.approx(0.4, abs=0.1)


def test_a_judge_that_does_not_agree_with_people_decides_nothing() -> None:
    found = decided(evidence(judged_results(400, 0.8, lenient=0.95), 150))
    assert found.outcome == "unknown"
    assert "whose lower end is below 0.4; label more, or improve the judge" in found.reason


def test_a_judge_that_never_differs_decides_nothing() -> None:
    found = decided(evidence(judged_results(100, 1.0), 50))
    assert found.reason == "kappa cannot be told from 50 labels: judge or people never differ; label more"


def test_few_labels_are_unknown_and_ask_for_more() -> None:
    found = decided(evidence(judged_results(400, 0.75), 60), GATE.model_copy(update={"min_kappa": 0.0}))
    assert found.outcome == "unknown"
    assert found.reason.endswith("(betting); label more: llmops judge sample SUITE --n 120 -o labels.csv")


def test_other_labels_than_those_of_the_sample_never_gate() -> None:
    results = judged_results(200, 0.9)
    found = decided(evidence(results, 0, [label(one) for one in results]))
    assert found.outcome == "unknown"
    assert found.reason.startswith("200 labels, but of no random sample of this run: llmops judge sample")


def test_a_sample_has_to_be_labelled_to_the_end() -> None:
    results = judged_results(400, 0.9)
    whole = evidence(results, 120)
    found = decided(evidence(results, 120, whole.labels[:100]))
    assert found.reason == "20 of 120 drawn outputs have no label yet; label them and calibrate again"
    assert decided(evidence(results, 120, whole.labels[:118])).outcome == "pass"


def test_failed_answers_count_against_it() -> None:
    results = judged_results(400, 0.9)
    failed = [result(f"e{i}", error="time-out") for i in range(5)]
    assert decided(evidence([*results, *failed], 120)).outcome == "pass"
    many = decided(evidence([*results, *(result(f"e{i}", error="time-out") for i in range(40))], 120))
    assert many.reason == "40 of 440 verdicts are missing, more than 2.0 %"


def test_at_most_is_the_mirror_image() -> None:
    gate = GateSpec(scorer="contains", max=0.9, calibrated=True, min_kappa=0.0)
    assert decided(evidence(judged_results(400, 0.4), 120), gate).outcome == "pass"
    high = GateSpec(scorer="contains", max=0.6, calibrated=True, min_kappa=0.0)
    assert decided(evidence(judged_results(400, 0.9), 190), high).outcome == "fail"


def test_a_mean_at_the_limit_passes_one_time_in_twenty_at_most() -> None:
    gate, passed = GATE.model_copy(update={"min_kappa": 0.0}), 0
    for seed in range(40):
        passed += decided(evidence(judged_results(160, 0.7, seed=seed), 60), gate).outcome == "pass"
    assert passed / 40 <= 0.1


def test_seconds_cannot_be_calibrated() -> None:
    with pytest.raises(InputError, match=r"is calibrated, but latency has no range\nPeople can be asked"):
        check_gates([GateSpec(scorer="latency", max=2, calibrated=True)], [loaded("latency", span=None)])


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ({"scorer": "a", "no_worse_than": "production", "calibrated": True}, "calibrated goes with min or max of a scorer"),
        ({"scorer": "a", "min": 0.5, "min_kappa": 0.6}, "min_kappa goes with calibrated: true"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_such_a_gate(gate: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        GateSpec.model_validate(gate)
