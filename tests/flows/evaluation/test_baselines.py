"""What a run is measured against."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError, NotFound
from llmops.core.names import Ref
from llmops.flows.evaluation.baselines import as_baseline, command_of, dossier_of, find_evidence, name_baseline, runs_on
from tests.support.promotions import Stage


def test_a_baseline_is_a_run_an_alias_or_a_ref(ready: Path) -> None:
    with llmops.open(ready) as ws:
        report = ws.eval("docs")
        ws.promote("app/docs@1", to="production")
        target = Ref("app", "docs")

        def named(text: str, required: bool = True) -> str:
            found = name_baseline(ws.services, target, text, required=required)
            return "none" if found is None else found.run.id if found.run else str(found.ref)

        assert named(report.run_id) == report.run_id
        assert named("production") == "app/docs@production"
        assert named("app/docs@1") == named("docs@1") == "app/docs@1"
        assert named("staging", required=False) == "none"
        with pytest.raises(NotFound, match="nothing holds app/docs@staging yet"):
            named("staging")
        with pytest.raises(InputError, match="is of kind prompt, and here stands a app"):
            named("prompt/answer@1")
        assert named("python:desk:answer") == "None"
        with pytest.raises(InputError, match="is nothing that a promotion could look up later") as caught:
            named("recorded:outputs.jsonl", required=False)
        assert "an alias, a ref or a run" in caught.value.hint


def test_what_has_no_ref_has_no_aliases(ready: Path) -> None:
    with llmops.open(ready) as ws:
        assert str(name_baseline(ws.services, None, "app/docs@1", required=True).ref) == "app/docs@1"  # type: ignore[union-attr]
        with pytest.raises(InputError, match="'production' is an alias, and this target has none") as caught:
            name_baseline(ws.services, None, "production", required=False)
        assert "app/docs@production" in caught.value.hint


def test_evidence_is_a_finished_run_on_the_same_digests(ready: Path) -> None:
    with llmops.open(ready) as ws:
        report = ws.eval("docs")
        run = ws.store.runs.get(report.run_id)
        scored = {score.label: score.identity for score in report.scores}
        found = find_evidence(ws.store, run.refs, run.parameters, scored)
        assert found is not None
        assert found.id == run.id
        assert find_evidence(ws.store, {**run.refs, "app": "sha256:other"}, run.parameters, scored) is None
        assert find_evidence(ws.store, run.refs, {**run.parameters, "repeats": 2}, scored) is None
        assert find_evidence(ws.store, run.refs, run.parameters, {**scored, "contains": "sha256:newer"}) is None
        assert find_evidence(ws.store, run.refs, run.parameters, scored, without=["app"]) is None
        assert len(as_baseline(ws.store, "x", run).observed.scores("contains")) == 12


def test_runs_on_the_same_digests_come_in_the_order_in_which_they_finished(stage: Stage) -> None:
    stage.suite()
    app = stage.app()
    slow, quick = stage.evaluate(app, lasting=1), stage.evaluate(app, days=0.5)
    stage.evaluate(stage.app(2))
    refs = {"app": app.digest, "generation": "recorded, not compared"}
    assert [run.id for run in runs_on(stage.store, refs)] == [quick.id, slow.id]
    assert list(runs_on(stage.store, refs, name="other")) == []


def test_a_dossier_survives_the_loss_of_its_baseline(ready: Path) -> None:
    with llmops.open(ready) as ws:
        first = ws.eval("docs")
        second = ws.eval("docs", compare=first.run_id)
        assert dossier_of(ws.store, second.run_id).baseline is not None
        ws.store.runs.remove(first.run_id)
        assert dossier_of(ws.store, second.run_id).baseline is None
        assert command_of(ws.store.runs.get(second.run_id)) == f"llmops eval docs --compare {first.run_id}"
