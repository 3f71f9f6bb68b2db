"""Streamed chat completions, put together again."""

from llmops.backends.wire import read_reply
from llmops.core.hashing import Json
from llmops.evals.targets.completions import is_piece, join_chunks


def chunk(finish: str | None = None, **delta: Json) -> dict[str, Json]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def test_chunks_are_the_completion_that_would_have_come_at_once() -> None:
    events = [
        chunk(role="assistant", content=""),
        chunk(content="nine "),
        chunk(content="to six"),
        chunk(tool_calls=[{"index": 0, "id": "c1", "function": {"name": "find", "arguments": ""}}]),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"q": '}}]),
        chunk(tool_calls=[{"index": 1, "id": "c2", "function": {"name": "hours", "arguments": "{}"}}]),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": '"x"}'}}]),
        chunk("tool_calls"),
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}, "system_fingerprint": "fp"},
    ]
    reply = read_reply(join_chunks(events), model="m", where="desk", latency=0.5, price=None)
    assert (reply.text, reply.finish_reason, reply.fingerprint) == ("nine to six", "tool_calls", "fp")
    assert [(call.id, call.name, call.arguments) for call in reply.tool_calls] == [
        ("c1", "find", {"q": "x"}),
        ("c2", "hours", {}),
    ]
    assert (reply.usage.tokens, reply.usage.latency) == (8, 0.5)
    assert [is_piece(event) for event in events] == [False, True, True, True, True, True, True, False, False]


def test_rubbish_is_no_piece() -> None:
    assert not any(map(is_piece, ["text", {}, {"choices": None}, {"choices": ["x"]}, {"choices": [{"delta": None}]}]))
    assert join_chunks([]) == {}
    assert join_chunks(["text", chunk(tool_calls=["x", {"function": None}])])["choices"][0]["message"]["content"] == ""
