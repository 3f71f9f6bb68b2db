"""A request and its answer under one policy, whole and in pieces."""

import asyncio
import json
import threading

import pytest

from llmops.core.hashing import Json
from llmops.guard.aside import INLINE
from llmops.guard.bodies.places import OpenAiShape
from llmops.guard.exchange import Blocked, Exchange, StreamedAnswer
from llmops.guard.policy import Policy
from llmops.guard.refusal import refusal
from llmops.guard.streaming import TextStream
from llmops.guard.watching import EVERY
from tests.support.slow_checks import Slow, whole, with_slow_check

POLICY = Policy.from_mapping(
    {"input": [{"pii": {"action": "redact"}}], "output": [{"pii": {"action": "redact"}}, {"length": {"max": 20_000}}]}
)


def chunk(text: str) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})


def test_long_texts_are_checked_in_a_thread_with_the_same_verdict() -> None:
    body = {"messages": [{"role": "user", "content": "word " * INLINE + "a@b.com"}]}
    exchange = Exchange(POLICY, OpenAiShape())
    assert asyncio.run(exchange.ask(body))
    assert body["messages"][0]["content"].endswith("word [EMAIL]")


def test_long_pieces_of_a_stream_are_looked_at_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[tuple[int, bool]] = []
    feed = TextStream.feed

    def seen(stream: TextStream, piece: str) -> str:
        threads.append((len(piece), threading.current_thread() is threading.main_thread()))
        return feed(stream, piece)

    monkeypatch.setattr(TextStream, "feed", seen)
    exchange = Exchange(POLICY, OpenAiShape())
    pieces = ["Hi. ", "word " * 1_000 + "a@b.com", " bye"]

    async def run() -> None:
        answer = StreamedAnswer(exchange, refusal)
        for piece in pieces:
            await answer.take(chunk(piece))
        await answer.take("[DONE]")

    asyncio.run(run())
    assert threads == [(4, True), (5_007, False), (4, True)]
    assert exchange.shown[(0, "content")] == "".join(pieces).replace("a@b.com", "[EMAIL]")


def test_an_answer_without_a_policy_s_word_against_it_is_left_as_it_is() -> None:
    body: Json = {"choices": [{"message": {"content": "Good day."}}]}
    assert not asyncio.run(Exchange(POLICY, OpenAiShape()).answer(body))
    assert body == {"choices": [{"message": {"content": "Good day."}}]}


def test_a_whole_text_check_ends_a_stream_that_it_could_not_hold_back() -> None:
    policy = Policy.from_mapping({"output": [{"length": {"max": 10, "action": "block"}}]})

    async def run() -> tuple[list[str], Exchange, bool]:
        exchange = Exchange(policy, OpenAiShape())
        answer = StreamedAnswer(exchange, refusal)
        out = [data for text in ("twelve ", "letters") for data in await answer.take(chunk(text))]
        return [*out, *await answer.take("[DONE]")], exchange, answer.stopped is not None

    out, exchange, stopped = asyncio.run(run())
    assert stopped
    assert exchange.shown == {(0, "content"): "twelve letters"}
    assert json.loads(out[-2])["error"]["guard"]["checks"] == [{"check": "length", "action": "block"}]
    assert out[-1] == "[DONE]"


def test_a_slow_check_stops_a_stream_while_it_runs() -> None:
    slow = Slow(lambda text: whole(text, "treason"))

    async def run() -> tuple[int, StreamedAnswer]:
        answer = StreamedAnswer(Exchange(with_slow_check(slow), OpenAiShape()), refusal)
        for number in range(10_000):
            await answer.take(chunk("treason " if number == 3 else "so it went "))
            if answer.stopped is not None:
                return number, answer
            await asyncio.sleep(0)
        raise AssertionError("the slow check never stopped the stream")

    number, answer = asyncio.run(run())
    assert number * len("so it went ") >= EVERY  # it was shown: a slow check can stop a stream, not un-send it
    assert answer.stopped is not None
    assert answer.stopped.blocked


def test_events_that_repeat_a_whole_text_are_redacted_as_well() -> None:
    done = {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "Ask a@b.com"}
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Ask a@b.com"}
    completed = {"type": "response.completed", "response": {"output": [{"content": [{"text": "Ask a@b.com"}]}]}}

    async def run() -> list[str]:
        answer = StreamedAnswer(Exchange(POLICY, OpenAiShape()), refusal)
        return [
            data
            for event in (delta, done, completed)
            for data in await answer.take(json.dumps(event))
            if data != "[DONE]"
        ]

    out = "".join(asyncio.run(run()))
    assert "a@b.com" not in out
    assert out.count("[EMAIL]") == 3


def test_data_that_is_no_json_is_a_text_of_its_own() -> None:
    async def run() -> list[str]:
        answer = StreamedAnswer(Exchange(POLICY, OpenAiShape()), refusal)
        out = [data for piece in ("Ask a@", "b.com now") for data in await answer.take(piece)]
        return [*out, *await answer.end()]

    assert "".join(asyncio.run(run())) == "Ask [EMAIL] now"


def test_a_blocked_question_says_by_which_verdict() -> None:
    policy = Policy.from_mapping({"input": [{"phrases": {"phrases": ["bomb"], "action": "block"}}]})
    exchange = Exchange(policy, OpenAiShape())
    with pytest.raises(Blocked, match="blocked by a guardrail") as caught:
        asyncio.run(
            exchange.ask({"messages": [{"role": "user", "content": "a bomb"}, {"role": "user", "content": "x"}]})
        )
    assert caught.value.verdict.blocked
    assert exchange.blocked
    assert len(exchange.verdicts) == 1  # the rest was not looked at


@pytest.mark.parametrize(
    ("text", "shown"), [("Ask a@b.com, now.", "Ask [EMAIL], now."), ("So it is a purple cow.", "So it is a ")]
)
def test_the_last_piece_and_the_end_may_come_in_one_event(text: str, shown: str) -> None:
    checks = [{"pii": {"action": "redact"}}, {"phrases": {"phrases": ["purple cow"], "action": "block"}}]
    policy = Policy.from_mapping({"output": checks})

    async def run() -> list[Json]:
        answer = StreamedAnswer(Exchange(policy, OpenAiShape()), refusal)
        event = json.loads(chunk(text))
        event["choices"][0]["finish_reason"] = "stop"
        return [json.loads(data) for data in await answer.take(json.dumps(event)) if data != "[DONE]"]

    choices = [event["choices"][0] for event in asyncio.run(run()) if isinstance(event, dict) and "choices" in event]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == shown
    assert choices[-1]["finish_reason"] == ("stop" if shown.endswith("now.") else "content_filter")
    assert all(choice["finish_reason"] is None for choice in choices[:-1])
