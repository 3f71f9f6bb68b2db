"""Canary questions: a provider that changes its model silently is found, another version of the app is a new beginning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.errors import ModelError
from llmops.core.hashing import Json
from llmops.domain.artifact import Pin
from llmops.domain.evaluation import Case
from llmops.domain.interaction import Reply
from llmops.domain.monitor import MonitorSpec
from llmops.flows.watching.questions import Questions, questions_from_json
from llmops.workspace.workspace import open_workspace
from tests.support.interactions import BEGAN
from tests.support.monitored import MONITOR, NOW, evaluated, traffic, write_monitor
from tests.support.workspaces import make_workspace

DAY = timedelta(days=1)
CASES = [Case(id=f"q{n}", inputs={"question": f"question {n}"}) for n in range(20)]
SPEC = MonitorSpec.model_validate(
    {
        "target": {"app": "docs"},
        "signals": [{"signal": "errors", "label": "errors"}],
        "questions": {"dataset": Pin(name="canary", digest="sha256:1").model_dump()},
    }
)


@dataclass
class Hand:
    """An app whose model a test changes by hand."""

    style: str = "plain"
    fingerprint: str = "fp_1"
    refs: Mapping[str, str] = field(default_factory=lambda: {"app": "sha256:a"})
    failing: bool = False
    asked: int = 0

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        self.asked += 1
        if self.failing:
            raise ModelError("no model answers", hint="Wait.")
        text = f"{self.style} answer to {inputs['question']}"
        return Reply(id="r", text=text, fingerprint=self.fingerprint, refs=dict(self.refs))


def test_a_silent_change_is_found_at_the_next_replay() -> None:
    hand, questions = Hand(), Questions()
    questions.replay(hand, CASES, SPEC, now=BEGAN)
    assert hand.asked == 60
    assert questions.status("docs", SPEC, 10, {}).state == "not_enough_data"
    questions.replay(hand, CASES, SPEC, now=BEGAN + DAY / 2)
    assert hand.asked == 60
    questions.replay(hand, CASES, SPEC, now=BEGAN + DAY)
    assert (hand.asked, questions.status("docs", SPEC, 10, {}).state) == (80, "ok")
    hand.style, hand.fingerprint = "WHOLLY DIFFERENT WORDS FROM ANOTHER MODEL", "fp_2"
    questions = questions_from_json(questions.to_json())
    questions.replay(hand, CASES, SPEC, now=BEGAN + 2 * DAY)
    status = questions.status("docs", SPEC, 10, {})
    assert (status.state, status.since, status.segment) == ("drift", BEGAN + 2 * DAY, "canary questions")
    assert (status.threshold, status.reference) == (50_000, 0)
    assert "the provider's model has had 2 fingerprints: fp_1 since 2026-03-01T12:00, fp_2" in status.note


def test_another_version_of_the_app_is_a_new_beginning() -> None:
    hand, questions = Hand(), Questions()
    for day in (0, 1):
        questions.replay(hand, CASES, SPEC, now=BEGAN + day * DAY)
    hand.style, hand.refs = "other", {"app": "sha256:b"}
    questions.replay(hand, CASES, SPEC, now=BEGAN + 1.5 * DAY)
    assert (questions.status("docs", SPEC, 10, {}).state, hand.asked) == ("not_enough_data", 140)


def test_an_app_that_does_not_answer_is_asked_again_next_time() -> None:
    hand, questions = Hand(failing=True), Questions()
    questions.replay(hand, CASES, SPEC, now=BEGAN)
    status = questions.status("docs", SPEC, 10, {})
    assert (status.state, status.note) == (
        "could_not_read",
        "20 of 20 questions got no answer: no model answers\nWait.",
    )
    hand.failing = False
    questions.replay(hand, CASES, SPEC, now=BEGAN)
    assert len(questions.before) == 20


def test_questions_are_pinned_and_asked_with_the_evaluation(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "shop")
    write_monitor(root, MONITOR + "questions: evals/data/canary.jsonl\n")
    (root / "evals" / "data" / "canary.jsonl").write_text('{"id": "q1", "inputs": {"question": "refunds?"}}\n')
    with open_workspace(root) as ws:
        registered = ws.register()
        assert "canary" in {one.version.name for one in registered if one.version.kind == "dataset"}
        ws.store.interactions.add(list(traffic(300)))
        status = evaluated(ws).statuses[-1]
        assert (status.signal, status.state) == ("answers", "could_not_read")
        assert status.note.startswith("20 of") or "index" in status.note or "questions" in status.note
        assert evaluated(ws, now=NOW + DAY).statuses[-1].signal == "answers"


@pytest.mark.parametrize("written", ["questions: {dataset: evals/data/none.jsonl}", "questions: evals/data/none.jsonl"])
def test_questions_that_are_not_there(tmp_path: Path, written: str) -> None:
    from llmops.core.errors import InvalidFile

    root = make_workspace(tmp_path / "shop")
    write_monitor(root, f"{MONITOR}{written}\n")
    with (
        open_workspace(root) as ws,
        pytest.raises(InvalidFile, match=r"monitors/docs.yaml:6: dataset 'evals/data/none.jsonl'"),
    ):
        ws.register()
