"""What a judge is shown of a sample."""

import pytest

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import Reply, ToolCall
from llmops.domain.ports import Sample
from llmops.evals.scorers.judged.reading import (
    context_texts,
    conversation_of,
    question_of,
    reference_of,
    turns_of,
)

TURNS = [
    {"role": "user", "content": "Hi."},
    {"role": "assistant", "content": "Hello!"},
    {"role": "user", "content": "Why?"},
]


@pytest.mark.parametrize(
    ("inputs", "question"),
    [
        ({"question": "Why?", "other": "x"}, "Why?"),
        ({"messages": TURNS}, "Why?"),
        ({"text": "Only this."}, "Only this."),
        ({"one": "a", "two": "b"}, ""),
        ({}, ""),
    ],
)
def test_the_question_is_found(inputs: Json, question: str) -> None:
    assert question_of(inputs) == question


def test_the_reference_is_the_first_acceptable_answer() -> None:
    assert reference_of(Sample(output="", expectations={"answer": [" one ", "two"]})) == "one"
    assert reference_of(Sample(output="")) == ""


def test_blank_contexts_are_left_out() -> None:
    contexts = (Context(id="1", text=" ", score=1.0), Context(id="2", text="b", score=0.5))
    assert context_texts(Sample(output="", contexts=contexts)) == ["b"]


def test_a_conversation_ends_with_the_answer() -> None:
    assert conversation_of(Sample(output="Because.", inputs={"messages": TURNS})) == [
        *TURNS,
        {"role": "assistant", "content": "Because."},
    ]
    assert conversation_of(Sample(output="Because.", inputs={"question": "Why?"})) == [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because."},
    ]


def test_tool_calls_are_written_out() -> None:
    call = {"function": {"name": "find", "arguments": '{"id": 7}'}}
    turns = [{"role": "assistant", "content": None, "tool_calls": [call]}, {"role": "tool", "content": {"found": True}}]
    assert turns_of({"messages": turns}) == [
        {"role": "assistant", "content": 'calls the tool find with {"id": 7}'},
        {"role": "tool", "content": '{"found": true}'},
    ]
    reply = Reply(id="1", text="", tool_calls=(ToolCall(name="find", arguments={"id": 7}),))
    assert conversation_of(Sample(output="", reply=reply)) == [
        {"role": "assistant", "content": 'calls the tool find with {"id": 7}'}
    ]
