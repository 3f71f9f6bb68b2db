"""Cases and scores."""

from llmops.domain.evaluation import Case, Score


def test_a_case_is_its_own_cluster_unless_told() -> None:
    assert Case(id="a", inputs={}).cluster == "a"
    assert Case(id="a", inputs={}, metadata={"cluster": 7}).cluster == "7"


def test_missing_is_not_zero() -> None:
    assert Score.missing("timed out").value is None
    assert Score.not_applicable("no answer expected").status == "not_applicable"
