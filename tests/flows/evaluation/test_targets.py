"""Targets: an app or a prompt, pinned."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError, NotFound
from llmops.core.names import parse_ref
from llmops.domain.suite import TargetSpec
from llmops.flows.evaluation.targets import identify, open_app, open_target


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
        assert target.responder.parameters == {"a": 1}
        assert target.responder.retriever is None


def test_an_override_takes_its_kind_from_the_suite(ready: Path) -> None:
    with llmops.open(ready) as ws:
        assert open_target(ws.services, TargetSpec(app="docs"), override="docs@1").ref == parse_ref("app/docs@1")
        assert open_target(ws.services, TargetSpec(app="docs"), override="prompt/answer").ref.kind == "prompt"
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
            version = ws.store.versions.latest("app" if written.app else "prompt", written.app or "answer")
            assert version is not None
            assert identify(version, written, ws.settings.models.default).items() <= refs.items()
