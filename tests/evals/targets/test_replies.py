"""What a function, a service or a file may answer, and what each mistake is told."""

from datetime import UTC, datetime

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import Reply, ToolCall, Usage
from llmops.evals.targets.replies import read_reply


def test_a_text_is_the_output() -> None:
    reply = read_reply("nine to six", who="shop:answer", latency=0.5)
    assert (reply.text, reply.model, reply.usage) == ("nine to six", "shop:answer", Usage(latency=0.5))


def test_a_mapping_says_all_that_is_known() -> None:
    found = {
        "output": "nine to six",
        "contexts": ["Open nine to six.", {"id": "b", "text": "Closed on Sundays.", "score": 0.5, "metadata": {"line": 3}}],
        "tool_calls": [
            {"name": "hours", "arguments": {"day": "monday"}},
            {"id": "call-1", "type": "function", "function": {"name": "find", "arguments": '{"q": "x"}'}},
        ],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15, "cost": 0.002, "latency": 0.8},
        "model": "house/model",
        "at": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip
    reply = read_reply(found, who="shop:answer", latency=2.0)
    assert [context.id for context in reply.contexts] == ["context-1", "b"]
    assert reply.contexts[1] == Context(id="b", text="Closed on Sundays.", score=0.5, metadata={"line": 3})
    assert reply.tool_calls == (
        ToolCall(name="hours", arguments={"day": "monday"}),
        ToolCall(id="call-1", name="find", arguments={"q": "x"}),
    )
    assert reply.usage == Usage(prompt_tokens=12, completion_tokens=3, cost=0.002, latency=0.8)
    assert (reply.model, reply.at) == ("house/model", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_an_output_that_is_no_text_is_json_and_data() -> None:
    reply = read_reply({"output": {"price": 5, "süß": True}}, who="f")
    assert (reply.text, reply.data) == ('{"price": 5, "süß": true}', {"price": 5, "süß": True})


def test_log_probabilities_come_along() -> None:
    assert read_reply({"output": "x", "logprobs": [-0.5, 0]}, who="f").logprobs == (-0.5, 0.0)
    assert read_reply({"output": "x"}, who="f").logprobs == ()


def test_tool_calls_alone_are_an_answer() -> None:
    assert read_reply({"tool_calls": [{"name": "find"}]}, who="f").text == ""


def test_a_reply_passes_and_is_timed_where_it_does_not_say() -> None:
    given = Reply(id="r", text="x", usage=Usage(cost=0.1))
    assert read_reply(given, who="f", latency=0.5).usage == Usage(cost=0.1, latency=0.5)
    timed = Reply(id="r", text="x", usage=Usage(latency=0.1))
    assert read_reply(timed, who="f", latency=0.5) is timed


@pytest.mark.parametrize(
    ("found", "message", "hint"),
    [
        (5, "f returned 5, which is no text, mapping or Reply", 'Return the answer as text, or {"output"'),
        (None, "f returned None, which is no text, mapping or Reply", "Return the answer"),
        ({"ouput": "x"}, "f returned the unknown key 'ouput'", "Did you mean 'output'?"),
        ({"usage": {}}, "f returned a mapping without 'output'", 'Return {"output": "…"}.'),
        ({"output": object()}, "f: the output cannot be written as JSON", "Return text."),
        ({"output": "x", "contexts": "abc"}, "f: contexts are 'abc', which is no list", "a passage"),
        ({"output": "x", "contexts": [{"txt": "abc"}]}, "f: context 1 is {'txt': 'abc'}, which has no text", "Give text"),
        (
            {"output": "x", "contexts": [{"text": "abc", "page": 1}]},
            "f: context 1 has the unknown key 'page'",
            "go into metadata",
        ),
        ({"output": "x", "contexts": [{"text": "a", "score": "b"}]}, "f: the score of context 1 is 'b'", "a number"),
        ({"output": "x", "contexts": [{"text": "a", "metadata": 1}]}, "f: the metadata of context 1 are 1", "a mapping"),
        ({"output": "x", "logprobs": [0.5]}, "f: logprobs has 0.5", "Give numbers of 0 or less: [-0.1, -2.3]."),
        ({"output": "x", "tool_calls": {"name": "f"}}, "f: tool_calls are {'name': 'f'}, which is no list", "arguments"),
        ({"output": "x", "tool_calls": [{"nam": "f"}]}, "f: the tool call {'nam': 'f'} has no name", "arguments"),
        ({"output": "x", "usage": 3}, "f: usage is 3, which is no mapping", "cost"),
        ({"output": "x", "usage": {"costs": 1}}, "f: usage has the unknown key 'costs'", "Did you mean 'cost'?"),
        ({"output": "x", "usage": {"cost": -1}}, "f: usage.cost is -1", "0 or more"),
        ({"output": "x", "usage": {"cost": "a"}}, "f: usage.cost is 'a'", "0 or more"),
        ({"output": "x", "at": "yesterday"}, "f: at is 'yesterday'", "Write 2026-03-01T"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(found: Json, message: str, hint: str) -> None:
    with pytest.raises(InputError, match="f") as caught:
        read_reply(found, who="f")
    assert message in caught.value.message
    assert hint in caught.value.hint
