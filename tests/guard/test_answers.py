"""Answers on their way out: plain text, nothing at all, and services that go on after they were stopped."""

from collections.abc import MutableMapping

from llmops.core.hashing import Json
from llmops.guard.middleware import GuardMiddleware
from llmops.guard.policy import Policy
from tests.support.asgi import Answer, Receive, Send, call

POLICY = Policy.from_mapping({"output": [{"pii": {"action": "redact"}}]})


def answered(kind: str, parts: list[bytes], *, status: int = 200, policy: Policy = POLICY) -> Answer:
    async def service(scope: MutableMapping[str, Json], receive: Receive, send: Send) -> None:
        headers = [(b"content-type", kind.encode())] if kind else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for number, part in enumerate(parts, 1):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(parts)})

    return call(GuardMiddleware(service, policy=policy), "/chat", {"messages": []})


def test_plain_text_is_guarded_as_a_whole() -> None:
    answer = answered("text/plain; charset=utf-8", [b"Ask a@", b"b.com"])
    assert answer.body == b"Ask [EMAIL]"
    assert answer.headers["content-length"] == "11"


def test_a_json_string_is_a_text_too() -> None:
    assert answered("application/json", [b'"Ask a@b.com"']).body == b'"Ask [EMAIL]"'


def test_an_answer_that_only_says_that_it_is_json_does_not_pass() -> None:
    answer = answered("application/json", [b"Ask a@b.com"])
    assert answer.status == 502
    assert "is no JSON" in answer.json()["error"]["message"]


def test_an_answer_without_a_body_passes() -> None:
    assert answered("", [b""], status=204).status == 204


def test_an_untouched_answer_is_the_service_s_own_bytes() -> None:
    body = b'{ "choices" : [ ] }'
    assert answered("application/json", [body]).body == body


def test_an_event_without_end_is_refused() -> None:
    answer = answered("text/event-stream", [b"data: " + b"x" * 600_000, b"x" * 600_000])
    assert "longer than" in answer.events[-1]


def test_a_service_that_goes_on_after_the_end_is_told_that_the_client_is_gone() -> None:
    policy = Policy.from_mapping({"output": [{"phrases": {"phrases": ["stop here"], "action": "block"}}]})
    told = []

    async def service(scope: MutableMapping[str, Json], receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        try:
            await send({"type": "http.response.body", "body": b"data: stop here now\n\n", "more_body": True})
        except OSError as error:
            told.append(str(error))
        told.append((await receive())["type"])

    call(GuardMiddleware(service, policy=policy), "/chat", {"messages": []})
    assert told == ["the guard has ended this answer", "http.disconnect"]
