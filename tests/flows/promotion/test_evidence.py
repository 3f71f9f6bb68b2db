"""Which report counts as evidence for a promotion."""

import pytest

from llmops.core.hashing import digest
from llmops.domain.requirement import Requirement
from tests.support.promotions import ABSOLUTE, NOW, Stage

MINI = {"model": "openai/gpt-4o-mini"}


def suite_of(stage: Stage, *, days: float = 0.0, number: int = 1) -> Requirement:
    return stage.check(stage.app(number), days=days)["suite docs"]


@pytest.fixture
def ruled(stage: Stage) -> Stage:
    """Production requires a fresh report of suite/docs."""
    stage.rule(require=["docs"], max_age="14d")
    stage.suite()
    return stage


def test_a_passing_report_on_exactly_the_digests_is_evidence(ruled: Stage) -> None:
    run = ruled.evaluate(ruled.app())
    found = suite_of(ruled)
    assert (found.state, found.evidence) == ("met", run.id)
    assert found.detail == "run-1 of 2026-03-01: 1 gate passed on 100 cases"


def test_without_a_report_it_says_what_to_type(ruled: Stage) -> None:
    found = suite_of(ruled)
    assert (found.state, found.evidence) == ("not met", "")
    assert found.detail == "no report that counts on app/docs@1 with suite/docs@1"
    assert found.command == "llmops eval docs@1 --target app/docs@1"


def test_a_report_on_another_version_suite_or_dataset_is_none(ruled: Stage) -> None:
    first, second = ruled.app(1), ruled.app(2)
    ruled.evaluate(first)
    assert ruled.check(first)["suite docs"].is_met
    assert not ruled.check(second)["suite docs"].is_met
    ruled.evaluate(second, refs={"dataset": digest("dataset", "others")})
    assert not ruled.check(second)["suite docs"].is_met
    ruled.suite(({"scorer": "contains", "min": 0.7},))
    found = ruled.check(first)["suite docs"]
    assert found.command == "llmops eval docs@2 --target app/docs@1"


def test_the_suite_version_that_the_alias_holds_counts(ruled: Stage) -> None:
    held = ruled.suite()
    ruled.evaluate(ruled.app())
    ruled.suite(({"scorer": "contains", "min": 0.99},))
    assert not suite_of(ruled).is_met
    ruled.hold(held)
    assert suite_of(ruled).is_met


def test_the_first_finished_report_decides(ruled: Stage) -> None:
    app = ruled.app()
    ruled.evaluate(app, 60, 40)
    ruled.evaluate(app, 99, 1, days=1)
    found = suite_of(ruled, days=2)
    assert (found.state, found.evidence) == ("not met", "run-1")
    assert "run-1 of 2026-03-01 (the first of 2 finished runs decides): contains ≥ 0.8 failed: 0.600" in found.detail
    assert found.command == "llmops runs show run-1"


def test_what_is_finished_first_decides_not_what_began_first(ruled: Stage) -> None:
    app = ruled.app()
    ruled.evaluate(app, 60, 40, lasting=2)
    ruled.evaluate(app, 99, 1, days=1)
    assert suite_of(ruled, days=3).evidence == "run-2"


@pytest.mark.parametrize("status", ["running", "failed", "interrupted"])
def test_only_finished_runs_count(ruled: Stage, status: str) -> None:
    ruled.evaluate(ruled.app(), status=status)
    assert suite_of(ruled).detail == "no report that counts on app/docs@1 with suite/docs@1"


def test_a_limited_run_never_counts(ruled: Stage) -> None:
    app = ruled.app()
    ruled.evaluate(app, parameters={"limit": 100})
    found = suite_of(ruled)
    assert found.state == "not met"
    assert found.detail.endswith("; run-1 does not count: it asked only 100 cases (--limit)")
    ruled.evaluate(app, days=1)
    assert suite_of(ruled, days=1).evidence == "run-2"


def test_fallback_replies_never_count(ruled: Stage) -> None:
    ruled.evaluate(ruled.app(), fallback=True)
    found = suite_of(ruled)
    assert found.state == "not met"
    assert found.detail.endswith("; run-1 does not count: 100 answers came from a fallback model")


def test_fewer_repeats_than_the_suite_asks_for_do_not_count(stage: Stage) -> None:
    stage.rule(require=["docs"])
    stage.suite(repeats=2)
    app = stage.app()
    stage.evaluate(app)
    assert "it asked each case 1 time, the suite says 2" in suite_of(stage).detail
    stage.evaluate(app, parameters={"repeats": 2})
    assert suite_of(stage).evidence == "run-2"


def test_a_report_that_is_too_old_does_not_count(ruled: Stage) -> None:
    app = ruled.app()
    ruled.evaluate(app)
    assert suite_of(ruled, days=13.9).is_met
    found = suite_of(ruled, days=14.1)
    assert found.state == "not met"
    assert found.detail.endswith("run-1 does not count: its oldest reply is of 2026-03-01 12:00 UTC, more than 14d ago")
    assert found.command == "llmops eval docs@1 --target app/docs@1 --no-cache"


def test_age_counts_from_the_oldest_reply_also_of_a_cached_one(ruled: Stage) -> None:
    ruled.evaluate(ruled.app(), days=20, at=NOW, cached=True)
    found = suite_of(ruled, days=20)
    assert "its oldest reply is of 2026-03-01 12:00 UTC" in found.detail
    assert found.command.endswith("--no-cache")


def test_replies_that_do_not_tell_their_time_do_not_count_where_age_does(ruled: Stage) -> None:
    ruled.evaluate(ruled.app(), at=None)
    assert "it does not tell when its replies were made" in suite_of(ruled).detail
    ruled.rule(require=["docs"])
    assert suite_of(ruled).is_met


def test_after_a_stale_report_the_next_one_decides(ruled: Stage) -> None:
    app = ruled.app()
    ruled.evaluate(app, 60, 40)
    ruled.evaluate(app, days=15)
    assert suite_of(ruled, days=1).state == "not met"
    assert suite_of(ruled, days=15).evidence == "run-2"


def test_a_changed_fingerprint_makes_a_report_stale(ruled: Stage) -> None:
    app, other = ruled.app(1), ruled.app(2)
    ruled.evaluate(app, refs=MINI, fingerprint="fp_1")
    assert ruled.check(app)["suite docs"].is_met
    ruled.evaluate(other, days=1, refs=MINI, fingerprint="fp_2")
    found = ruled.check(app, days=1)["suite docs"]
    assert found.state == "not met"
    assert found.detail.endswith("openai/gpt-4o-mini has changed: fingerprint fp_1 then, fp_2 in run-2")
    assert found.command.endswith("--no-cache")
    assert ruled.check(other, days=1)["suite docs"].is_met


def test_an_old_fingerprint_from_the_cache_says_nothing_about_today(ruled: Stage) -> None:
    app = ruled.app()
    ruled.evaluate(app, days=1, refs=MINI, fingerprint="fp_2")
    ruled.evaluate(ruled.app(2), days=2, refs=MINI, fingerprint="fp_1", at=NOW, cached=True)
    ruled.evaluate(ruled.app(2), days=2, refs={"model": "openai/gpt-5"}, fingerprint="fp_9")
    assert ruled.check(app, days=2)["suite docs"].is_met


def test_an_unknown_gate_says_how_many_more_cases_would_decide(ruled: Stage) -> None:
    ruled.evaluate(ruled.app(), 17, 3)
    found = suite_of(ruled)
    assert (found.state, found.evidence) == ("unknown", "run-1")
    assert "contains ≥ 0.8 is unknown: 0.850 on 20 cases cannot decide whether" in found.detail
    assert found.command == (
        "add about 312 cases to dataset/docs, then: llmops register; llmops eval docs --target app/docs@1"
    )


def test_a_suite_without_gates_proves_nothing(stage: Stage) -> None:
    stage.rule(require=["docs"])
    stage.suite(())
    stage.evaluate(stage.app())
    found = suite_of(stage)
    assert found.state == "not met"
    assert found.detail == "suite/docs@1 has no gates, so no report of it can pass"


def test_an_unknown_suite_names_the_nearest(stage: Stage) -> None:
    stage.rule(require=["dosc"])
    stage.suite()
    found = stage.check(stage.app())["suite dosc"]
    assert found.detail == "no suite 'dosc' is registered. Did you mean 'docs'?"
    assert found.command == "llmops register"


def test_a_prompt_needs_a_report_of_its_own_with_its_own_model(stage: Stage) -> None:
    stage.rule(require=["docs"])
    stage.suite(ABSOLUTE, target={"prompt": "answer", "model": "openai/a"})
    prompt = stage.prompt()
    own = {"model": "openai/a", "parameters": digest("parameters", {})}
    stage.evaluate(prompt, refs={**own, "app": "sha256:app"})
    stage.evaluate(prompt, refs={**own, "model": "openai/b"})
    assert not stage.check(prompt)["suite docs"].is_met
    stage.evaluate(prompt, refs=own)
    found = stage.check(prompt)["suite docs"]
    assert (found.state, found.evidence) == ("met", "run-3")


def test_no_suite_is_asked_about_a_dataset(stage: Stage) -> None:
    stage.rule(require=["docs"])
    dataset = stage.add("dataset", "docs", {"cases": 1, "blob": "sha256:x"})
    found = stage.check(dataset)["suite docs"]
    assert (found.state, found.detail) == ("met", "does not apply: no suite evaluates a dataset")
