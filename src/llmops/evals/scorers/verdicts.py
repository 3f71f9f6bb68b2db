"""A scorer of a policy's verdicts: whether bad texts are caught and benign ones let through."""

from dataclasses import dataclass
from typing import Literal

from llmops.domain.evaluation import Score
from llmops.domain.labelling import label_of
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition


@dataclass(frozen=True)
class VerdictScorer(Definition):
    """Tell whether the verdict of a policy is right.

    Definition: 1 where a bad text is caught and where a benign one is not, else 0. A text that `expectations.label` calls
    bad is caught where the policy stops it or finds something in it; one with `expectations.blocked` where it is stopped.
    With `of: bad` only bad texts count, so that the mean is the recall; with `of: benign` only benign ones, so that it is 1
    less the false positive rate.
    Range: 0 or 1; higher is better. Empty input: no label: not applicable; no verdict, or one of a check that could not tell:
    missing.
    Source: accuracy, sensitivity and specificity.
    """

    of: Literal["all", "bad", "benign"] = "all"
    name = "verdict"

    def score(self, sample: Sample) -> Score:
        """Compare the last verdict of the reply with the label."""
        label = label_of(sample.expectations)
        if label is None:
            return Score.not_applicable("no expectations.label and no expectations.blocked")
        if self.of != "all" and label.is_bad != (self.of == "bad"):
            return Score.not_applicable(f"the text is {'bad' if label.is_bad else 'benign'}")
        if sample.reply is None or not sample.reply.verdicts:
            return Score.missing("no policy gave a verdict")
        verdict = sample.reply.verdicts[-1]
        caught = label.is_caught(verdict)
        if caught is None:
            return Score.missing("; ".join(f"{outcome.check}: {outcome.reason}" for outcome in verdict.errors))
        right = caught == label.is_bad
        found = ", ".join(dict.fromkeys(finding.type for finding in verdict.findings)) or "nothing found"
        return Score(value=float(right), passed=right, label=verdict.action, reason=f"{label.name}: {found}")
