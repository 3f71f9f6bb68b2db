"""Models are promoted on the metrics of the run that they came from."""

import math
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.names import parse_ref
from llmops.domain.promotion import PromotionRule, RuleKey
from llmops.domain.requirement import Requirement
from llmops.flows.models.register import ModelParts, register_model
from llmops.flows.promotion.promote import PromoteOptions, Refused, promote
from llmops.flows.promotion.requirements import check
from llmops.flows.services import Services
from tests.support.models import NOW, trained
from tests.support.promotions import ADA, BOB, Stage
from tests.support.recording import make_recorder


def rule(services: Services, *gates: dict[str, object]) -> None:
    rules = {RuleKey("production", "model/*"): PromotionRule.model_validate({"metrics": gates})}
    services.store.rules.change(rules, actor=ADA, reason="", now=NOW, expected_sequence=services.store.rules.sequence())


def checked(services: Services, metrics: Mapping[str, float]) -> Requirement:
    [found] = check(services, trained(services, metrics=metrics), "production", NOW)
    return found


@pytest.mark.parametrize(
    ("metrics", "state", "detail"),
    [
        ({"auc": 0.91}, "met", "0.91 at step 0 of RUN; it must be at least 0.85 and at most 1"),
        ({"auc": 0.85}, "met", "0.85 at step 0 of RUN"),
        ({"auc": 0.8499}, "not met", "0.8499 at step 0 of RUN; it must be at least 0.85 and at most 1"),
        ({"auc": 1.5}, "not met", "1.5 at step 0"),
        ({"auc": math.nan}, "unknown", "auc is not a number in RUN, at step 0"),
        ({"auk": 0.9}, "unknown", "RUN has no metric 'auc'. Did you mean 'auk'?"),
        ({}, "unknown", "RUN has no metric 'auc'. It has no metrics."),
    ],
)
def test_the_value_logged_last_decides(services: Services, metrics: dict[str, float], state: str, detail: str) -> None:
    rule(services, {"metric": "auc", "min": 0.85, "max": 1})
    found = checked(services, metrics)
    [run] = services.store.runs.runs("training")
    assert (found.name, found.state) == ("metric auc", state)
    assert found.detail.startswith(detail.replace("RUN", run.id))
    assert found.evidence == (run.id if state == "met" else "")
    assert found.command == ("" if state == "met" else f"llmops runs show {run.id}")


def test_only_a_run_that_ended_well_speaks(services: Services, tmp_path: Path) -> None:
    rule(services, {"metric": "auc", "min": 0.85})
    (tmp_path / "m.bin").write_bytes(b"weights")
    states = {}
    recorder = make_recorder(services.store)
    with recorder as run:
        run.log_metric("auc", 0.9)
        run.flush()
        version = register_model(services, "churn", ModelParts(["m.bin"], run.id), NOW).version
        states["running"] = check(services, version, "production", NOW)[0]
    failed = make_recorder(services.store)
    with pytest.raises(ZeroDivisionError, match="zero"), failed as run:
        run.log_metric("auc", 1 / 0)
    version = register_model(services, "churn", ModelParts(["m.bin"], failed.id), NOW).version
    states["failed"] = check(services, version, "production", NOW)[0]
    local = register_model(services, "churn", ModelParts(["m.bin"]), NOW).version
    states["none"] = check(services, local, "production", NOW)[0]
    assert {name: (found.state, found.detail) for name, found in states.items()} == {
        "running": ("unknown", f"{recorder.id} has not ended"),
        "failed": ("not met", f"{failed.id} failed"),
        "none": ("unknown", "it came from no run"),
    }


def test_a_promotion_is_refused_made_tried_out_and_undone(services: Services) -> None:
    rule(services, {"metric": "auc", "min": 0.85})

    def move(version: int, minutes: int, canary: float | None = None) -> None:
        options, at = PromoteOptions(canary), NOW + timedelta(minutes=minutes)
        promote(services, parse_ref(f"model/churn@{version}"), "production", options=options, actor=BOB, now=at)

    trained(services, metrics={"auc": 0.9})
    trained(services, metrics={"auc": 0.95}, data=b"better")
    trained(services, metrics={"auc": 0.5}, data=b"worse")
    move(1, 0)
    move(2, 1, canary=0.1)
    held = services.store.aliases.get("model", "churn", "production")
    assert held is not None
    assert held.candidate is not None
    with pytest.raises(Refused, match=r"model/churn@3 cannot be promoted to production: 1 of 1 requirement is not met"):
        move(3, 2)
    last = services.store.aliases.history("model", "churn", "production")[-1]
    run = services.store.versions.get("model", "churn", 2)
    assert run is not None
    assert last.evidence == (run.content["run"],)


def test_other_kinds_have_no_metrics(stage: Stage) -> None:
    stage.rule(metrics=[{"metric": "auc", "min": 0.85}])
    assert stage.check(stage.app()) == {}
