import pytest

from llmops.domain.evaluation import Case
from llmops.guard.quality.trials import Labelled, read_labelled
from llmops.guard.trained.measuring import examples_of, measure_held_out, measure_rules, quality_of
from tests.support.attacks import labelled_cases


def cases() -> list[Labelled]:
    return read_labelled([Case.model_validate(case) for case in labelled_cases()], group="source")


def test_texts_are_held_out_by_themselves_or_by_a_key() -> None:
    assert len({example.group for example in examples_of(cases(), split=False)}) == 40
    assert {example.group for example in examples_of(cases(), split=True)} == {
        *(f"attack-{n}" for n in range(4)), *(f"benign-{n}" for n in range(4)),
    }  # fmt: skip


def test_a_threshold_decides_what_is_caught_but_for_recall_at_one_percent() -> None:
    found = cases()
    sure = [0.6] * 10 + [0.95] * 10 + [0.1] * 20
    quality = quality_of(found, sure, 0.9)
    assert (quality.recall.value, quality.false_positives.value) == (0.5, 0.0)
    assert (quality.at_limit.recall.value, quality.at_limit.threshold) == (1.0, 0.6)
    assert quality.groups == ()


def test_the_classifier_and_the_rules_are_measured_on_the_same_texts() -> None:
    found = cases()
    assert measure_held_out(found, examples_of(found, split=False), 0.5).recall.value == pytest.approx(1.0)
    rules = measure_rules(found)
    assert rules.recall.n == 20
    assert rules.false_positives.value == 0.0
