"""How well a classifier tells texts apart that it was not trained on, beside the rules that need no training."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from llmops.guard.policy import Policy
from llmops.guard.quality.summary import Quality, summarise
from llmops.guard.quality.trials import Labelled, Trial, run_trials
from llmops.guard.trained.training import Example, held_out

RULES: Final = "injection"


def examples_of(cases: Sequence[Labelled], *, split: bool) -> list[Example]:
    """Labelled texts to train on; they are held out by group where `split` says so, else by cluster."""
    return [Example(case.text, case.label.is_bad, case.group if split else case.cluster or case.id) for case in cases]


def measure_held_out(cases: Sequence[Labelled], examples: Sequence[Example], least: float) -> Quality:
    """What classifiers make of the examples that each was not trained on; from `least` on a text counts as caught."""
    return quality_of(cases, held_out(examples), least)


def quality_of(cases: Sequence[Labelled], sure: Sequence[float], least: float) -> Quality:
    """The quality of probabilities: `least` decides what is caught, but for the recall at 1 % false positives."""
    caught = [
        Trial(replace(case, group=""), value >= least, value, 0.0) for case, value in zip(cases, sure, strict=True)
    ]
    free = [replace(trial, caught=True) for trial in caught]
    return replace(summarise(caught), at_limit=summarise(free).at_limit)


def measure_rules(cases: Sequence[Labelled]) -> Quality:
    """What the rules of the check `injection` make of the same texts."""
    policy = Policy.from_mapping({"input": [{RULES: {"timeout_ms": 60_000}}]})
    return summarise(run_trials(policy, [replace(case, group="") for case in cases], "input"))
