"""Targets: apps, prompts, functions and recorded outputs, pinned."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError, ModelError, NotFound
from llmops.core.names import parse_ref
from llmops.domain.suite import TargetSpec
from llmops.flows.evaluation.targets import identify, open_app, open_target
from llmops.flows.serving.chat import Responder
from tests.support.answering_service import Answer, answering_service


def test_an_app_carries_the_digests_of_all_its_parts(ready: Path) -> None:
    with llmops.open(ready) as ws:
        refs = open_app(ws.services, parse_ref("app/docs@1")).refs
        for kind, name in (("app", "docs"), ("prompt", "answer"), ("rag", "docs")):
            assert refs[kind] == ws.store.versions.latest(kind, name).digest  # type: ignore[arg-type, union-attr]
        assert refs["model"] == "offline/extractive"


def test_another_model_is_another_thing_than_the_app(ready: Path) -> None:
    with llmops.open(ready) as ws:
        target = open_target(ws.services, TargetSpec(app="docs"), model="offline/echo")
        assert "app" not in target.responder.refs
        assert target.responder.refs["model"] == "offline/echo"
        assert target.name == "app/docs with offline/echo"


def test_a_prompt_with_a_model_is_a_target(ready: Path) -> None:
    with llmops.open(ready) as ws:
        target = open_target(ws.services, TargetSpec(prompt="answer", model="offline/echo", parameters={"a": 1}))
        assert target.ref == parse_ref("prompt/answer")
        assert isinstance(target.responder, Responder)
        assert target.responder.parameters == {"a": 1}
        assert target.responder.retriever is None


def test_an_override_takes_its_kind_from_the_suite(ready: Path) -> None:
    with llmops.open(ready) as ws:
        assert open_target(ws.services, TargetSpec(app="docs"), override="docs@1").ref == parse_ref("app/docs@1")
        assert str(open_target(ws.services, TargetSpec(app="docs"), override="prompt/answer").ref) == "prompt/answer"
        with pytest.raises(InputError, match="dataset/docs is no target"):
            open_target(ws.services, TargetSpec(app="docs"), override="dataset/docs")
        with pytest.raises(NotFound, match="nothing"):
            open_target(ws.services, TargetSpec(app="nothing"))


def test_a_version_is_identified_by_what_a_run_on_it_records(ready: Path) -> None:
    with llmops.open(ready) as ws:
        for written in (
            TargetSpec(app="docs"),
            TargetSpec(prompt="answer", model="offline/echo"),
            TargetSpec(prompt="answer"),
        ):
            refs = open_target(ws.services, written).responder.refs
            version = ws.store.versions.latest("app" if written.app else "prompt", "docs" if written.app else "answer")
            assert version is not None
            assert identify(version, written, ws.settings.models.default).items() <= refs.items()


SUITE = """target: {python: "desk:answer", parameters: {tone: kind}}
dataset: docs
scorers: [contains]
gates: [{error_rate: 0.02}]
"""
DESK = """def answer(question, tone="plain"):
    if "refund" in question.lower():
        raise ValueError("no refunds today")
    return {"output": f"{tone}: {question}", "contexts": ["a passage"], "usage": {"cost": 0.01}}
"""


@pytest.fixture
def desk(ready: Path) -> Iterator[Path]:
    """A workspace with a service of its own, which is forgotten afterwards."""
    (ready / "desk.py").write_text(DESK)
    (ready / "evals" / "desk.yaml").write_text(SUITE)
    yield ready
    sys.modules.pop("desk", None)


def test_a_function_of_the_workspace_is_evaluated(desk: Path) -> None:
    with llmops.open(desk) as ws:
        report = ws.eval("desk")
        results = list(ws.store.runs.results(report.run_id))
        assert report.target == "desk:answer"
        assert {result.output is None for result in results if result.error} <= {True}
        answered = next(result for result in results if result.output)
        assert answered.output == f"kind: {answered.inputs['question']}"
        assert (answered.usage.cost, answered.contexts[0].text) == (0.01, "a passage")
        again = ws.eval("desk", compare=report.run_id)
        assert again.cached == 0
        assert again.comparison is not None
        assert again.refs["target"] == report.refs["target"]


def test_what_a_function_raises_is_the_error_of_its_case(desk: Path) -> None:
    (desk / "desk.py").write_text('def answer(question, tone=""):\n    raise ValueError("no refunds today")\n')
    with llmops.open(desk) as ws:
        report = ws.eval("desk", limit=2)
        assert {result.error for result in ws.store.runs.results(report.run_id)} == {"ValueError: no refunds today"}


def test_a_deterministic_function_is_remembered(desk: Path) -> None:
    suite = desk / "evals" / "desk.yaml"
    suite.write_text(suite.read_text().replace('"desk:answer"', '"desk:answer", deterministic: true, version: "1"'))
    with llmops.open(desk) as ws:
        first = ws.eval("desk")
        assert first.cached == 0
        assert ws.eval("desk").cached == 12 - first.errors


def test_a_function_can_be_typed_in_place_of_a_target(desk: Path) -> None:
    with llmops.open(desk) as ws:
        target = open_target(ws.services, TargetSpec(app="docs"), override="python:desk:answer")
        assert (target.name, target.ref) == ("desk:answer", None)
        with pytest.raises(InputError, match=r"'desk\.answer' names no function"):
            open_target(ws.services, TargetSpec(app="docs"), override="python:desk.answer")
        with pytest.raises(InputError, match="desk:answer has no model that offline/echo could stand in for"):
            open_target(ws.services, TargetSpec(python="desk:answer"), model="offline/echo")


def test_one_function_is_compared_with_another(desk: Path) -> None:
    (desk / "desk.py").write_text(DESK + "\n\ndef plain(question):\n    return question\n")
    with llmops.open(desk) as ws:
        report = ws.eval("desk", compare="python:desk:plain")
        assert report.comparison is not None
        baseline = ws.store.runs.get(report.comparison.baseline_run)
        assert baseline.parameters["target"] == "desk:plain"
        assert "target" in baseline.refs


def test_recorded_outputs_are_scored_without_asking(ready: Path) -> None:
    with llmops.open(ready) as ws:
        first = ws.eval("docs")
        outputs = ready / "outputs.jsonl"
        rows = [
            {"id": result.case_id, "output": result.output, "usage": {"latency": 0.25}}
            for result in ws.store.runs.results(first.run_id)
        ]
        outputs.write_text("".join(json.dumps(row) + "\n" for row in rows[:-1]))
        report = ws.eval("docs", target="recorded:outputs.jsonl")
        assert report.target == "outputs in outputs.jsonl"
        assert report.errors == 1
        assert "no evidence for a promotion" in report.notes[0]
        assert "app" not in report.refs
        missing = [result.error for result in ws.store.runs.results(report.run_id) if result.error]
        assert missing == [f"NoOutput: outputs.jsonl has no output for {rows[-1]['id']!r}"]


def test_the_outputs_of_a_run_are_scored_again(ready: Path) -> None:
    (ready / "evals" / "again.yaml").write_text("target: {app: docs}\ndataset: docs\nscorers: [token_f1]\n")
    with llmops.open(ready) as ws:
        first = ws.eval("docs")
        report = ws.eval("again", target=f"recorded:{first.run_id}")
        assert report.target == f"outputs of {first.run_id}"
        assert {score.label for score in report.scores} == {"token_f1"}
        outputs = [{r.case_id: r.output for r in ws.store.runs.results(run)} for run in (first.run_id, report.run_id)]
        assert outputs[0] == outputs[1]


def test_a_suite_names_recordings_only_inside_the_workspace(ready: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.jsonl").write_text('{"id": "a", "output": "x"}\n')
    with llmops.open(ready) as ws:
        with pytest.raises(InputError, match=r"outside\.jsonl lies outside the workspace"):
            open_target(ws.services, TargetSpec(recorded="../outside.jsonl"))
        typed = open_target(ws.services, TargetSpec(app="docs"), override=f"recorded:{tmp_path}/outside.jsonl")
        assert typed.responder.refs["target"].startswith("sha256:")
        with pytest.raises(NotFound, match=r"there is no file outputz\.jsonl"):
            open_target(ws.services, TargetSpec(recorded="outputz.jsonl"))


def test_a_prompt_in_place_of_a_function_takes_none_of_its_arguments(ready: Path) -> None:
    with llmops.open(ready) as ws:
        written = TargetSpec(python="desk:answer", parameters={"tone": "kind"})
        target = open_target(ws.services, written, override="prompt/answer", model="offline/echo")
        assert isinstance(target.responder, Responder)
        assert target.responder.parameters == {}


def test_an_app_may_be_asked_with_another_model(ready: Path) -> None:
    with llmops.open(ready) as ws:
        target = open_target(ws.services, TargetSpec(app="docs", model="offline/echo"))
        assert (target.name, "app" in target.responder.refs) == ("app/docs with offline/echo", False)


HTTP = """target:
  http: {connection: desk, path: /chat, body: {message: "{{ question }}"}, output: $.reply, retries: 0}
dataset: docs
scorers: [contains]
gates: [{error_rate: 0.02}]
"""


def test_of_a_matrix_a_promotion_looks_for_the_first_model(ready: Path) -> None:
    with llmops.open(ready) as ws:
        written = TargetSpec(prompt=("answer", "answer@1"), model=("offline/echo", "offline/extractive"))
        version = ws.store.versions.latest("prompt", "answer")
        assert version is not None
        assert identify(version, written, "offline/extractive")["model"] == "offline/echo"
        target = open_target(ws.services, written, override="prompt/answer@1", model="offline/extractive")
        assert target.responder.refs["model"] == "offline/extractive"


def test_a_service_is_evaluated(ready: Path) -> None:
    (ready / "evals" / "desk.yaml").write_text(HTTP)
    with answering_service() as service:
        settings = ready / "llmops.toml"
        settings.write_text(f'{settings.read_text()}\n[connections.desk]\nurl = "{service.url}"\n')
        service.answer = Answer({"reply": "nine to six"})
        with llmops.open(ready) as ws:
            report = ws.eval("desk")
            assert (report.target, report.errors, report.cases) == ("desk/chat", 0, 12)
            assert len(service.asked) == 12
            assert {result.output for result in ws.store.runs.results(report.run_id)} == {"nine to six"}
            service.script(Answer(status=500), Answer({"other": 1}))
            report = ws.eval("desk")
            failed = sorted(r.error for r in ws.store.runs.results(report.run_id) if r.error)
            assert failed == [
                "desk/chat answered with nothing at $.reply",
                f"{service.url}/chat answered with HTTP 500",
            ]
            service.answer = Answer(status=401)
            with pytest.raises(ModelError, match="answered with HTTP 401") as caught:
                ws.eval("desk")
            assert "The run stopped: the first" in caught.value.hint


def test_a_service_without_its_connection_is_found_before_anything_runs(ready: Path) -> None:
    (ready / "evals" / "desk.yaml").write_text(HTTP)
    with llmops.open(ready) as ws:
        with pytest.raises(InputError, match="there is no connection 'desk'"):
            ws.eval("desk")
        assert ws.store.runs.runs() == []
