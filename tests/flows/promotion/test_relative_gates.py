"""Gates against an alias are decided on what the alias holds now."""

import pytest

from tests.support.promotions import NOW, RELATIVE, Stage


@pytest.fixture
def compared(stage: Stage) -> Stage:
    """Production requires a report that is no worse than its own."""
    stage.rule(require=["docs"])
    stage.suite(RELATIVE)
    return stage


def test_without_a_holder_there_is_no_baseline_which_is_recorded_and_blocks_nothing(compared: Stage) -> None:
    compared.evaluate(compared.app())
    found = compared.check(compared.app())["suite docs"]
    assert found.state == "met"
    assert found.detail.endswith("contains no worse than production (margin 0.1): no baseline")
    done = compared.promote(compared.app())
    assert done.move is not None
    assert done.move.details["requirements"][0]["detail"] == found.detail


def test_the_scores_are_compared_with_those_of_the_holder(compared: Stage) -> None:
    first, second = compared.app(1), compared.app(2)
    compared.evaluate(first, 90, 10)
    compared.evaluate(second, 92, 8)
    compared.hold(first)
    found = compared.check(second)["suite docs"]
    assert (found.state, found.evidence) == ("met", "run-2")


def test_what_was_no_worse_than_a_former_holder_may_be_worse_than_the_next(compared: Stage) -> None:
    first, second, third = compared.app(1), compared.app(2), compared.app(3)
    compared.evaluate(first, 50, 50)
    compared.evaluate(second, 99, 1)
    compared.evaluate(third, 55, 45)
    compared.hold(first)
    assert compared.check(third)["suite docs"].is_met
    compared.hold(second)
    found = compared.check(third)["suite docs"]
    assert found.state == "not met"
    assert "contains no worse than production (margin 0.1) failed: a difference of −0.440 on 100 cases" in found.detail


def test_a_holder_without_a_report_has_to_be_evaluated(compared: Stage) -> None:
    first, second = compared.app(1), compared.app(2)
    compared.evaluate(second)
    compared.hold(first)
    found = compared.check(second)["suite docs"]
    assert found.state == "unknown"
    assert "app/docs@1 has no report with this suite to compare with" in found.detail
    assert found.command == "llmops eval docs@1 --target app/docs@1"
    compared.evaluate(first)
    assert compared.check(second)["suite docs"].is_met


def test_a_limited_or_otherwise_scored_report_of_the_holder_is_no_baseline(compared: Stage) -> None:
    first, second = compared.app(1), compared.app(2)
    compared.evaluate(first, 9, 1, parameters={"limit": 10})
    compared.evaluate(second)
    compared.hold(first)
    assert compared.check(second)["suite docs"].state == "unknown"


def test_a_version_is_no_worse_than_itself(stage: Stage) -> None:
    stage.rule(require=["docs"])
    stage.suite(({"scorer": "contains", "no_worse_than": "staging", "margin": 0.01},))
    app = stage.app()
    stage.evaluate(app, 5, 5)
    stage.hold(app, "staging")
    assert stage.check(app)["suite docs"].is_met


def test_a_baseline_that_is_gone_leaves_the_gate_unknown(stage: Stage) -> None:
    stage.rule(require=["docs"])
    stage.suite(({"scorer": "contains", "no_worse_than": "run-0", "margin": 0.1},))
    stage.evaluate(stage.app())
    found = stage.check(stage.app())["suite docs"]
    assert found.state == "unknown"
    assert "there is no run 'run-0'" in found.detail


def test_absolute_gates_are_as_the_report_says(stage: Stage) -> None:
    stage.rule(require=["docs"])
    stage.suite(({"scorer": "contains", "min": 0.8}, *RELATIVE))
    first, second = stage.app(1), stage.app(2)
    stage.evaluate(first, 99, 1)
    stage.evaluate(second, 70, 30)
    stage.hold(first)
    found = stage.check(second)["suite docs"]
    assert found.state == "not met"
    assert "contains ≥ 0.8 failed" in found.detail
    assert found.detail.endswith("; 1 more")
    assert stage.store.runs.get("run-2").started_at == NOW
