"""A guarded service: blocked requests never reach it, and nothing of a match leaves it, whole or streamed."""

import json
import sys
from collections.abc import MutableMapping, Sequence

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.guard.exchange import Exchange
from llmops.guard.middleware import SCOPE_KEY, GuardMiddleware
from llmops.guard.once import is_looking
from llmops.guard.policy import Policy
from tests.support.asgi import Receive, Send, call, read_json, send_events, send_json

POLICY = Policy.from_mapping(
    {
        "input": [{"pii": {"action": "redact"}}, {"phrases": {"phrases": ["launch codes"], "action": "block"}}],
        "output": [{"pii": {"action": "redact"}}, {"phrases": {"phrases": ["purple monkey"], "action": "block"}}],
        "block_message": "I cannot talk about that.",
    }
)


class Service:
    """A service that remembers what reached it, and answers with what it was given."""

    def __init__(self, answer: Json = None, *, events: Sequence[Json] | None = None, size: int | None = None) -> None:
        self.answer, self.events, self.size = answer, events, size
        self.asked: list[Json] = []
        self.looking: list[bool] = []
        self.sent = 0

    async def __call__(self, scope: MutableMapping[str, Json], receive: Receive, send: Send) -> None:
        self.asked.append(await read_json(receive))
        self.looking.append(is_looking(POLICY.digest))
        assert isinstance(scope[SCOPE_KEY], Exchange)
        if self.events is not None:
            await send_events(send, self.events, size=self.size)
            self.sent = len(self.events)
        else:
            await send_json(send, self.answer)


def chunk(text: str | None = None, index: int = 0, finish: str | None = None, **delta: Json) -> Json:
    said = delta if text is None else {"content": text, **delta}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "choices": [{"index": index, "delta": said, "finish_reason": finish}],
    }


def spoken(events: Sequence[str], index: int = 0, field: str = "content") -> str:
    choices = (choice for data in events if data != "[DONE]" for choice in json.loads(data).get("choices", ()))
    return "".join(choice["delta"].get(field) or "" for choice in choices if choice["index"] == index)


def test_a_blocked_request_never_reaches_the_service() -> None:
    service = Service()
    answer = call(
        GuardMiddleware(service, policy=POLICY),
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": "The launch codes!"}]},
    )
    assert answer.status == 400
    assert service.asked == []
    error = answer.json()["error"]
    assert error["message"] == "I cannot talk about that."
    assert (error["type"], error["code"], error["param"]) == ("guardrail", "content_filter", "input")
    assert error["guard"]["policy"] == POLICY.digest
    assert error["guard"]["checks"] == [{"check": "phrases", "action": "block"}]


def test_requests_are_redacted_in_every_turn_and_part() -> None:
    service = Service({"choices": []})
    turns = [
        {"role": "system", "content": "Write to admin@shop.example."},
        {"role": "user", "content": "I am a@b.com"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "and c@d.org"}, {"type": "image_url", "image_url": {"url": "x"}}],
        },
    ]
    call(GuardMiddleware(service, policy=POLICY), "/chat", {"model": "m", "messages": turns}, size=7)
    system, first, second = service.asked[0]["messages"]
    assert system["content"] == "Write to admin@shop.example."
    assert first["content"] == "I am [EMAIL]"
    assert second["content"][0]["text"] == "and [EMAIL]"
    assert service.looking == [True]


def test_answers_are_redacted_in_every_choice_and_tool_call() -> None:
    call_ = {"id": "t", "function": {"name": "mail", "arguments": '{"to": "a@b.com"}'}}
    service = Service(
        {"choices": [{"message": {"content": "Ask a@b.com"}}, {"message": {"content": None, "tool_calls": [call_]}}]}
    )
    answer = call(GuardMiddleware(service, policy=POLICY), "/chat", {"messages": [{"role": "user", "content": "Hi"}]})
    first, second = answer.json()["choices"]
    assert first["message"]["content"] == "Ask [EMAIL]"
    assert second["message"]["tool_calls"][0]["function"]["arguments"] == '{"to": "[EMAIL]"}'


def test_a_blocked_answer_is_an_error_and_not_shown() -> None:
    service = Service({"choices": [{"message": {"content": "It was a purple monkey."}}]})
    answer = call(GuardMiddleware(service, policy=POLICY), "/chat", {"messages": [{"role": "user", "content": "Hi"}]})
    assert answer.status == 400
    assert b"monkey" not in answer.body
    assert answer.json()["error"]["param"] == "output"


@pytest.mark.parametrize("size", [None, 1, 3, 50, 1000])
def test_a_stream_is_redacted_as_a_whole_text_would_be(size: int | None) -> None:
    text = "Please write to jane.doe@example.org or call me; she knows é and 日本."
    pieces = [text[at : at + 4] for at in range(0, len(text), 4)]
    events = [chunk(role="assistant", content=""), *map(chunk, pieces), chunk(finish="stop"), "[DONE]"]
    service = Service(events=events, size=size)
    answer = call(GuardMiddleware(service, policy=POLICY), "/chat", {"messages": [{"role": "user", "content": "Hi"}]})
    assert spoken(answer.events) == POLICY.check_output(text).text
    assert answer.events[-1] == "[DONE]"
    assert json.loads(answer.events[-2])["choices"][0]["finish_reason"] == "stop"


def test_choices_reasoning_and_tool_arguments_are_streams_of_their_own() -> None:
    def tool(piece: str) -> Json:
        return {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}

    events = [
        chunk("Mail a@", 0),
        chunk("Call c@", 1),
        chunk(None, 0, reasoning_content="He is x@"),
        chunk(None, 1, **tool('{"to": "t@')),
        chunk("b.com now", 0),
        chunk("d.org now", 1),
        chunk(None, 0, reasoning_content="y.com."),
        chunk(None, 1, **tool('u.com"}')),
        chunk(None, 0, "stop"),
        chunk(None, 1, "tool_calls"),
        "[DONE]",
    ]
    answer = call(
        GuardMiddleware(Service(events=events), policy=POLICY), "/c", {"messages": [{"role": "user", "content": "Hi"}]}
    )
    assert spoken(answer.events, 0) == "Mail [EMAIL] now"
    assert spoken(answer.events, 1) == "Call [EMAIL] now"
    assert spoken(answer.events, 0, "reasoning_content") == "He is [EMAIL]."
    arguments = "".join(
        call_["function"]["arguments"]
        for data in answer.events[:-1]
        for choice in json.loads(data)["choices"]
        for call_ in choice["delta"].get("tool_calls", ())
    )
    assert arguments == '{"to": "[EMAIL]"}'


def test_a_blocked_stream_ends_with_an_error_and_stops_the_service() -> None:
    events = [chunk(word) for word in ("Once ", "there ", "was ", "a ", "purple ", "monkey ", "and ", *["so "] * 50)]
    records: list[Exchange] = []
    service = Service(events=[*events, "[DONE]"])
    guarded = GuardMiddleware(service, policy=POLICY, record=records.append)
    answer = call(guarded, "/chat", {"messages": [{"role": "user", "content": "Hi"}]})
    assert spoken(answer.events[:-2]) == "Once there was a "
    last, error, done = answer.events[-3:]
    assert json.loads(last)["choices"][0]["finish_reason"] == "content_filter"
    assert json.loads(error)["error"]["code"] == "content_filter"
    assert done == "[DONE]"
    assert service.sent == 0  # it was stopped in the middle
    assert len(records) == 1
    assert records[0].blocked
    assert records[0].shown == {(0, "content"): "Once there was a "}


def test_bodies_of_ones_own_are_guarded_by_paths() -> None:
    service = Service({"reply": "Ask a@b.com", "id": "e@f.com"})
    guarded = GuardMiddleware(service, policy=POLICY, paths=["/chat"], input="$.message", output="$.reply")
    answer = call(guarded, "/chat", {"message": "I am a@b.com", "user": "e@f.com"})
    assert service.asked == [{"message": "I am [EMAIL]", "user": "e@f.com"}]
    assert answer.json() == {"reply": "Ask [EMAIL]", "id": "e@f.com"}


def test_events_of_ones_own_are_guarded_by_paths() -> None:
    events = [{"reply": piece} for piece in ("Ask a", "@b.", "com to", "day.")]
    guarded = GuardMiddleware(Service(events=events), policy=POLICY, input="$.message", output="$.reply")
    answer = call(guarded, "/chat", {"message": "Hi"})
    assert "".join(json.loads(data)["reply"] for data in answer.events) == "Ask [EMAIL] today."


def test_only_the_paths_named_are_guarded() -> None:
    reached = []

    async def service(scope: MutableMapping[str, Json], receive: Receive, send: Send) -> None:
        reached.append(scope["path"])
        await send_json(send, {"choices": [{"message": {"content": "a@b.com"}}]})

    guarded = GuardMiddleware(service, policy=POLICY, paths=["/chat"])
    assert b"a@b.com" in call(guarded, "/health", {}).body
    assert b"a@b.com" in call(guarded, "/chatter", {}).body
    assert b"a@b.com" not in call(guarded, "/chat/completions", {}).body
    assert reached == ["/health", "/chatter", "/chat/completions"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{not json", 422, "is no JSON"),
        (b'"' + b"x" * 2_000 + b'"', 413, "larger than 1,000 bytes"),
        (b"\xff\xfe", 422, "is no JSON"),
        ('{"message": "hi"}'.encode("utf-16"), 422, "in UTF-8"),
        (b'{"message": "half \\ud83d of it"}', 422, "half of a surrogate pair"),
        (b'{"message": "\\uDE00"}', 422, "Send both halves"),
    ],
)
def test_requests_that_cannot_be_read_do_not_pass(body: bytes, status: int, message: str) -> None:
    service = Service({})
    answer = call(GuardMiddleware(service, policy=POLICY, max_body=1_000), "/chat", body)
    assert answer.status == status
    assert message in answer.json()["error"]["message"]
    assert service.asked == []


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ([(b"content-type", b"application/octet-stream")], "of the kind application/octet-stream"),
        ([(b"content-type", b"application/json"), (b"content-encoding", b"gzip")], "is compressed"),
    ],
)
def test_answers_that_cannot_be_read_do_not_pass(headers: list[tuple[bytes, bytes]], message: str) -> None:
    async def service(scope: MutableMapping[str, Json], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"purple monkey"})

    answer = call(GuardMiddleware(service, policy=POLICY), "/chat", {"messages": []})
    assert answer.status == 502
    assert message in answer.json()["error"]["message"]
    assert b"monkey" not in answer.body


def test_what_the_service_knows_of_a_request_reaches_the_record() -> None:
    records: list[Exchange] = []
    guarded = GuardMiddleware(
        Service({"choices": []}), policy=POLICY, context=lambda scope: {"user": scope["path"]}, record=records.append
    )
    call(guarded, "/chat", {"messages": [{"role": "user", "content": "a@b.com"}]})
    assert records[0].metadata == {"user": "/chat"}
    assert [verdict.action for verdict in records[0].verdicts] == ["redact"]


@pytest.mark.parametrize(("size", "is_often"), [(10, False), (10_000, True)])
def test_a_service_that_is_given_much_lets_other_threads_in(size: int, is_often: bool) -> None:
    seen: list[float] = []

    class Looking(Service):
        async def __call__(self, scope: MutableMapping[str, Json], receive: Receive, send: Send) -> None:
            seen.append(sys.getswitchinterval())
            await super().__call__(scope, receive, send)

    before = sys.getswitchinterval()
    call(GuardMiddleware(Looking({}), policy=POLICY), "/chat", {"messages": [{"role": "user", "content": "a" * size}]})
    assert (seen[0] < before) == is_often
    assert sys.getswitchinterval() == before


def test_the_policy_is_looked_up_for_each_request() -> None:
    class Holder:
        policy = POLICY

    holder, service = Holder(), Service({"choices": []})
    guarded = GuardMiddleware(service, policy=holder)
    body = {"messages": [{"role": "user", "content": "launch codes"}]}
    assert call(guarded, "/chat", body).status == 400
    holder.policy = Policy.from_mapping({"input": [{"pii": {}}]})
    assert call(guarded, "/chat", body).status == 200


def test_a_path_that_cannot_be_read_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        GuardMiddleware(Service({}), policy=POLICY, input="message")
