"""What all judged scorers share."""

from llmops.domain.evaluation import Score
from llmops.domain.suite import ScorerSpec
from llmops.evals.hearing import JudgedScorer
from llmops.evals.loading import load_scorer
from llmops.evals.scorers.judged.definition import nothing_to_judge, share
from tests.support.judges import Bench


def test_the_identity_holds_model_parameters_and_prompt_digests(bench: Bench) -> None:
    def identity(model: str) -> object:
        return load_scorer(ScorerSpec(scorer="faithfulness", label="f"), bench.scoring(model)).scorer.identity

    found = identity("exam/judge")
    assert isinstance(found, dict)
    assert found["judge"]["model"] == "exam/judge"
    assert set(found["judge"]["prompts"]) == {"judge/statements", "judge/faithfulness"}
    assert all(digest.startswith("sha256:") for digest in found["judge"]["prompts"].values())
    assert identity("exam/other") != found
    baseline = identity("offline/support")
    assert isinstance(baseline, dict)
    assert "offline/support;1;offline/hash" in baseline["judge"]["method"]


def test_a_judged_scorer_is_known_as_one(bench: Bench) -> None:
    loaded = load_scorer(ScorerSpec(scorer="faithfulness", label="f"), bench.scoring())
    assert isinstance(loaded.scorer, JudgedScorer)
    assert [judge.model for judge in loaded.scorer.asked()] == ["exam/judge"]
    plain = load_scorer(ScorerSpec(scorer="contains", label="c"), bench.scoring())
    assert not isinstance(plain.scorer, JudgedScorer)


def test_a_share_names_the_first_that_is_not() -> None:
    assert share([True, False], "claims found", ["a", "b"]) == Score(value=0.5, reason="1 of 2 claims found; not: 'b'")
    assert share([True], "claims found", ["a"]).reason == "1 of 1 claims found"


def test_nothing_to_judge_is_missing_unless_it_has_a_value() -> None:
    assert nothing_to_judge("none", "why", None).status == "missing"
    assert nothing_to_judge("none", "why", 0.0) == Score(value=0.0, label="none", reason="why")
