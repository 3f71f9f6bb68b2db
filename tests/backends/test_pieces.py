"""Streamed completions, put together."""

import json

import pytest

from llmops.backends.pieces import Pieces
from llmops.core.hashing import Json


def event(delta: Json = None, **rest: Json) -> str:
    choice: dict[str, Json] = {"index": 0, "delta": delta or {}}
    for key in ("finish_reason", "logprobs"):
        if key in rest:
            choice[key] = rest.pop(key)
    return json.dumps({"id": "c1", "model": "m", "choices": [choice], **rest})


ANSWER = [
    event({"role": "assistant", "content": ""}),
    event({"content": "Grüße"}, logprobs={"content": [{"token": "Grüße", "logprob": -0.5}]}),
    event({"content": ", Ada"}, logprobs={"content": [{"token": ", Ada", "logprob": -1.0}]}),
    event(finish_reason="stop"),
    '{"id": "c1", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}',
]


def read(*events: str) -> Pieces:
    pieces = Pieces()
    for one in events:
        pieces.take(one)
    return pieces


def test_pieces_become_the_answer_that_a_server_gives_at_once() -> None:
    assert read(*ANSWER).completion() == {
        "id": "c1",
        "model": "m",
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Grüße, Ada"},
                "finish_reason": "stop",
                "logprobs": {
                    "content": [{"token": "Grüße", "logprob": -0.5}, {"token": ", Ada", "logprob": -1.0}],
                },
            }
        ],
    }


def test_an_answer_begins_with_its_first_piece_and_not_with_its_role() -> None:
    stream = Pieces()
    stream.take(event({"role": "assistant", "content": ""}))
    assert not stream.has_begun
    stream.take(event({"content": "a"}))
    assert stream.has_begun


def test_tool_calls_come_in_pieces_too() -> None:
    stream = Pieces()
    stream.take(event({"tool_calls": [{"index": 0, "id": "t1", "function": {"name": "find", "arguments": ""}}]}))
    assert stream.has_begun
    stream.take(event({"tool_calls": [{"index": 1, "id": "t2", "function": {"name": "ask", "arguments": "{}"}}]}))
    stream.take(
        event({"tool_calls": [{"index": 0, "function": {"arguments": '{"x": 1}'}}]}, finish_reason="tool_calls")
    )
    calls = stream.completion()["choices"][0]["message"]["tool_calls"]
    assert [(call["id"], call["function"]) for call in calls] == [
        ("t1", {"name": "find", "arguments": '{"x": 1}'}),
        ("t2", {"name": "ask", "arguments": "{}"}),
    ]


def test_a_stream_that_breaks_off_is_no_answer() -> None:
    with pytest.raises(ValueError, match="the stream ended before the answer did"):
        read(event({"content": "half"})).completion()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('{"error": {"message": "overloaded"}}', "overloaded"),
        ("[1]", "an event is no JSON object"),
        ("{", "Expecting property name"),
    ],
)
def test_what_is_no_piece_is_an_error(data: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Pieces().take(data)
