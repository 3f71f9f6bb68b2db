"""Requests in the OpenAI shape, replies out of it, rubbish refused."""

import json

import pytest

from llmops.backends.prices import Price
from llmops.backends.wire import chat_payload, encode, read_reply, read_usage
from llmops.core.errors import InputError, ModelError
from llmops.core.hashing import Json
from llmops.domain.interaction import ChatReply, ChatRequest, Message, Token, ToolCall, Usage
from tests.support.chat import ask


def completion(message: Json, **fields: Json) -> Json:
    return {"choices": [{"message": message, "finish_reason": fields.pop("finish_reason", "stop")}], **fields}


def read(data: Json) -> ChatReply:
    return read_reply(data, model="house/m", where="http://h/v1", latency=0.5, price=Price(1.0, 2.0, 0.5))


def test_the_smallest_request() -> None:
    assert chat_payload(ask("hi"), "m") == {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def test_parameters_tools_and_schema_are_passed_on() -> None:
    schema = {"title": "My answer", "type": "object", "properties": {"a": {"type": "string"}}}
    request = ask("hi", parameters={"temperature": 0, "seed": 7}, tools=({"name": "f"},), output=schema)
    payload = chat_payload(request, "m")
    assert (payload["temperature"], payload["seed"]) == (0, 7)
    assert payload["tools"] == [{"type": "function", "function": {"name": "f"}}]
    assert payload["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "My_answer", "schema": schema, "strict": False},
    }


def test_a_schema_that_allows_it_is_strict() -> None:
    inner = {"type": "object", "properties": {"b": {}}, "required": ["b"], "additionalProperties": False}
    schema = {"type": "object", "properties": {"a": inner}, "required": ["a"], "additionalProperties": False}
    assert chat_payload(ask("hi", output=schema), "m")["response_format"]["json_schema"]["strict"] is True
    loose = {**schema, "properties": {"a": {"type": "object"}}}
    assert chat_payload(ask("hi", output=loose), "m")["response_format"]["json_schema"]["strict"] is False


def test_tool_turns_keep_their_shape() -> None:
    request = ChatRequest(
        model="m",
        messages=(
            Message(role="assistant", tool_calls=(ToolCall(id="1", name="f", arguments={"x": 1}),)),
            Message(role="tool", content="42", tool_call_id="1", name="f"),
        ),
    )
    assert chat_payload(request, "m")["messages"] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}],
        },
        {"role": "tool", "content": "42", "name": "f", "tool_call_id": "1"},
    ]


@pytest.mark.parametrize("name", ["model", "messages", "stream", "n"])
def test_what_llmops_sets_itself_cannot_be_a_parameter(name: str) -> None:
    with pytest.raises(InputError, match=f"the model parameter '{name}' cannot be set"):
        chat_payload(ask("hi", parameters={name: 1}), "m")


def test_a_request_without_json_form() -> None:
    with pytest.raises(InputError, match="cannot be written as JSON"):
        encode({"temperature": float("nan")})


def test_odd_text_survives() -> None:
    text = "ü \ud800 \u2028"
    assert json.loads(encode(chat_payload(ask(text), "m")))["messages"][0]["content"] == text


def test_a_reply_with_everything() -> None:
    reply = read(
        completion(
            {"content": "yes"},
            usage={"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
            system_fingerprint="fp_1",
            finish_reason="length",
        )
    )
    assert reply == ChatReply(
        text="yes",
        model="house/m",
        usage=Usage(prompt_tokens=10, completion_tokens=2, cost=6 + 2 + 4, latency=0.5),
        finish_reason="length",
        fingerprint="fp_1",
    )


def test_tool_calls() -> None:
    calls = [
        {"id": "a", "function": {"name": "f", "arguments": '{"x": 1}'}},
        {"id": "b", "function": {"name": "g", "arguments": "not json"}},
        {"id": "c", "function": {"name": "h", "arguments": ""}},
        "rubbish",
    ]
    assert read(completion({"content": None, "tool_calls": calls})).tool_calls == (
        ToolCall(id="a", name="f", arguments={"x": 1}),
        ToolCall(id="b", name="g", arguments="not json"),
        ToolCall(id="c", name="h", arguments={}),
    )


def test_content_in_parts_and_refusals() -> None:
    assert read(completion({"content": [{"type": "text", "text": "a"}, {"text": "b"}]})).text == "ab"
    refusal = read(completion({"content": None, "refusal": "I cannot."}))
    assert (refusal.text, refusal.finish_reason) == ("I cannot.", "content_filter")


@pytest.mark.parametrize(
    "data", [{}, {"choices": []}, {"choices": [{}]}, {"choices": ["x"]}, [], "text", None, {"choices": 3}]
)
def test_json_that_is_no_completion(data: Json) -> None:
    with pytest.raises(ModelError, match=r"(?s)http://h/v1 answered house/m with JSON that is no chat completion.*/v1"):
        read(data)


@pytest.mark.parametrize(
    ("finish", "hint"), [("stop", "Ask again"), ("length", "raise max_tokens"), ("content_filter", "content filter")]
)
def test_empty_content_says_why(finish: str, hint: str) -> None:
    with pytest.raises(
        ModelError, match=rf"(?s)house/m answered with empty content \(finish_reason {finish}\).*{hint}"
    ):
        read(completion({"content": ""}, finish_reason=finish))


def test_costs() -> None:
    counted = {"prompt_tokens": 3, "completion_tokens": 1}
    assert read_usage({**counted, "cost": 0.25}, 0.1, Price(1, 1, 1)).cost == 0.25
    assert read_usage(counted, 0.1, Price(1, 2, 1)).cost == 5
    assert read_usage(counted, 0.1, None).cost is None
    assert read_usage(None, 0.1, Price(1, 1, 1)) == Usage(latency=0.1)
    assert read_usage({"prompt_tokens": "many", "completion_tokens": -1}, 0.1, None) == Usage(latency=0.1)


def test_tokens_come_with_their_probabilities() -> None:
    content = [
        {
            "token": "y",
            "logprob": -0.1,
            "top_logprobs": [{"token": "y", "logprob": -0.1}, {"token": "n", "logprob": -3}],
        },
        {"token": "es", "logprob": 0},
    ]
    choice = {"message": {"content": "yes"}, "logprobs": {"content": content}}
    assert read({"choices": [choice]}).tokens == (
        Token(text="y", logprob=-0.1, top={"y": -0.1, "n": -3.0}),
        Token(text="es", logprob=0.0),
    )


@pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, {"content": [{"token": "y"}]}, {"content": ["y"]}])
def test_probabilities_that_do_not_read_are_none(logprobs: Json) -> None:
    assert read({"choices": [{"message": {"content": "yes"}, "logprobs": logprobs}]}).tokens == ()
