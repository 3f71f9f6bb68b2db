"""Turns of a conversation as people write them."""

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.interaction import Message, ToolCall
from llmops.flows.serving.turns import read_turns, split_at_question

CALL = {"id": "call-1", "type": "function", "function": {"name": "price", "arguments": '{"book": "Emma"}'}}


def test_tool_calls_and_their_results_are_kept() -> None:
    turns = read_turns(
        [
            {"role": "user", "content": [{"type": "text", "text": "What is "}, {"type": "text", "text": "Emma?"}]},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call-1", "name": "price", "content": "5"},
        ]
    )
    assert turns == [
        Message(role="user", content="What is Emma?"),
        Message(role="assistant", tool_calls=(ToolCall(id="call-1", name="price", arguments={"book": "Emma"}),)),
        Message(role="tool", tool_call_id="call-1", name="price", content="5"),
    ]
    assert split_at_question(turns) == ([], turns[1:])
    assert split_at_question(turns[1:]) == (turns[1:], [])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("hello", "`messages` must be a list of turns, not str"),
        ([{"role": "clerk", "content": "x"}], r"messages\[0\] is no turn: {'role': 'clerk'"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], r"messages\[0\] has a part of type 'image_url'"),
        ([{"role": "assistant", "tool_calls": [{"id": "x"}]}], r"messages\[0\]: the tool call {'id': 'x'} has no name"),
    ],
)
def test_what_is_no_turn_is_told(value: Json, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_turns(value)
    assert caught.value.hint
