"""Conversations and agents."""

import pytest

from llmops.core.hashing import Json
from llmops.domain.interaction import Reply, ToolCall
from llmops.domain.ports import Sample
from tests.support.judges import Bench, verdicts

TURNS = [
    {"role": "system", "content": "You are a polite clerk."},
    {"role": "user", "content": "I am Ada. Where is my book?"},
    {"role": "assistant", "content": "On its way, Ada."},
    {"role": "user", "content": "And my refund?"},
]
SAMPLE = Sample(output="What is your name?\n2. yes", inputs={"messages": TURNS})


def test_completeness_is_the_share_of_satisfied_intentions(bench: Bench) -> None:
    bench.program(
        {
            "judge/intentions": {"intentions": ["find the book", "get a refund"]},
            "judge/conversation_completeness": verdicts(1, 0),
        }
    )
    score = bench.score("conversation_completeness", SAMPLE)
    assert (score.value, score.reason) == (0.5, "1 of 2 intentions satisfied; not: 'get a refund'")
    shown = bench.server.requests[0].body["messages"][1]["content"]
    assert "5. assistant: What is your name?" in shown
    bench.program({"judge/intentions": {"intentions": []}})
    assert bench.score("conversation_completeness", SAMPLE).status == "not_applicable"
    assert bench.score("conversation_completeness", Sample(output="Hello")).status == "not_applicable"


@pytest.mark.parametrize("scorer", ["conversation_knowledge_retention", "conversation_role_adherence"])
def test_every_turn_of_the_assistant_has_a_verdict(bench: Bench, scorer: str) -> None:
    bench.program({f"judge/{scorer}": verdicts(1, 0)})
    score = bench.score(scorer, SAMPLE)
    assert score.value == 0.5
    shown = bench.server.requests[0].body["messages"][1]["content"].split("<<< turns")[1]
    assert "1. On its way, Ada.\n" in shown
    assert "2. What is your name? 2. yes\n" in shown  # in one line, so that no turn can pass for two
    bench.program({f"judge/{scorer}": verdicts(1)})
    assert "there are 1 verdicts for 2 items" in bench.score(scorer, SAMPLE).reason
    silent = Sample(output=" ", inputs={"messages": TURNS[:2]})
    assert bench.score(scorer, silent).reason == "no turn of the assistant"


def test_the_role_is_an_argument_or_the_system_message(bench: Bench) -> None:
    bench.program({"judge/conversation_role_adherence": verdicts(1)})
    bench.score("conversation_role_adherence", Sample(output="Arr!", inputs={"question": "Hi"}), role="A pirate.")
    assert "A pirate." in bench.server.requests[0].body["messages"][0]["content"]
    plain = bench.score("conversation_role_adherence", Sample(output="Arr!", inputs={"question": "Hi"}))
    assert plain.status == "not_applicable"


def test_a_goal_is_reached_or_not(bench: Bench) -> None:
    found: Json = {"goal": "refund", "reason": "the money is back", "verdict": "yes"}
    bench.program({"judge/goal_accuracy": [found, {**found, "verdict": "no"}]})
    sample = Sample(output="Done.", inputs={"messages": TURNS}, expectations={"goal": "Refund the book."})
    score = bench.score("goal_accuracy", sample)
    assert (score.value, score.passed, score.reason) == (1.0, True, "refund: the money is back")
    assert "Refund the book." in bench.server.requests[0].body["messages"][1]["content"]
    assert bench.score("goal_accuracy", sample).passed is False
    assert bench.score("goal_accuracy", Sample(output=" ")).status == "not_applicable"
    assert bench.score("goal_accuracy", sample, model="offline/support").status == "missing"


def calling(*names: str) -> Sample:
    reply = Reply(id="1", text="", tool_calls=tuple(ToolCall(name=name, arguments={"id": 7}) for name in names))
    tools = [{"name": "find", "description": "Find an order."}]
    return Sample(output="", inputs={"question": "Where is order 7?", "tools": tools}, reply=reply)


@pytest.mark.parametrize(
    ("calls", "right", "missing", "value"),
    [
        (("find", "mail"), (1, 0), False, 0.5),
        (("find",), (1,), True, 0.5),
        (("find",), (1,), False, 1.0),
        ((), (), False, 1.0),
        ((), (), True, 0.0),
    ],
)
def test_tool_use_counts_right_calls_and_a_missing_one(
    bench: Bench, calls: tuple[str, ...], right: tuple[int, ...], missing: bool, value: float
) -> None:
    bench.program({"judge/tool_use": {**verdicts(*right), "missing": missing}})
    assert bench.score("tool_use", calling(*calls)).value == value
    shown = bench.server.requests[0].body["messages"][1]["content"]
    assert "Find an order." in shown
    for number, name in enumerate(calls, start=1):
        assert f'{number}. {name} {{"id": 7}}' in shown


def test_tool_use_needs_a_reply_and_a_verdict_for_each_call(bench: Bench) -> None:
    bench.program({"judge/tool_use": {**verdicts(1), "missing": False}})
    assert bench.score("tool_use", Sample(output="x")).reason == "no reply to take tool calls from"
    assert "the verdicts are numbered [1], not [1, 2]" in bench.score("tool_use", calling("find", "mail")).reason
