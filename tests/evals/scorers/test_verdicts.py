import pytest

from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.interaction import Reply
from llmops.domain.ports import Sample
from llmops.domain.verdict import Finding, Outcome, Verdict
from llmops.evals.scorers.verdicts import VerdictScorer

PASSED = Outcome("pii", "allow")
FOUND = Outcome("pii", "redact", (Finding(0, 3, "EMAIL"),))


def sample(expectations: Json, *outcomes: Outcome) -> Sample:
    verdict = Verdict(outcomes[0].action, "a", "input", "sha256:1", outcomes) if outcomes else None
    reply = Reply(id="r", text="", verdicts=(verdict,) if verdict else ())
    return Sample(output="", expectations=expectations, reply=reply)


@pytest.mark.parametrize(
    ("label", "outcome", "value"),
    [("pii", FOUND, 1.0), ("pii", PASSED, 0.0), ("benign", FOUND, 0.0), ("benign", PASSED, 1.0)],
)
def test_a_verdict_is_right_or_wrong(label: str, outcome: Outcome, value: float) -> None:
    score = VerdictScorer().score(sample({"label": label}, outcome))
    assert (score.value, score.passed, score.label) == (value, value == 1, outcome.action)
    assert score.reason == f"{label}: {'EMAIL' if outcome is FOUND else 'nothing found'}"


def test_recall_and_false_positives_can_be_told_apart() -> None:
    bad, benign = sample({"label": "pii"}, FOUND), sample({"label": "benign"}, FOUND)
    assert VerdictScorer(of="bad").score(bad).value == 1.0
    assert VerdictScorer(of="bad").score(benign) == Score.not_applicable("the text is benign")
    assert VerdictScorer(of="benign").score(bad) == Score.not_applicable("the text is bad")
    assert VerdictScorer(of="benign").score(benign).value == 0.0


def test_without_label_it_does_not_apply_and_without_verdict_it_is_missing() -> None:
    assert VerdictScorer().score(sample({}, FOUND)).status == "not_applicable"
    assert VerdictScorer().score(sample({"label": "pii"})) == Score.missing("no policy gave a verdict")
    hung = Outcome("judge", "error", reason="it hung", stops=True)
    assert VerdictScorer().score(sample({"blocked": True}, hung)) == Score.missing("judge: it hung")
