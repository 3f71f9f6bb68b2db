"""An answer that is given piece by piece."""

import re
from collections.abc import AsyncGenerator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.bridge import each, run_sync
from llmops.core.errors import ModelError
from llmops.core.hashing import Json
from llmops.domain.artifact import InputSpec, PromptSpec
from llmops.domain.corpus import Context
from llmops.domain.interaction import ChatReply, ChatRequest, Reply, ToolCall, Usage
from llmops.domain.ports import ChatModel
from llmops.domain.streaming import Event
from llmops.flows.serving.chat import Responder
from llmops.flows.serving.streamed import stream_answer
from llmops.guard.policy import Policy
from llmops.registry.prompts import Prompt
from tests.support.slow_checks import Slow, whole, with_slow_check

POLICY: dict[str, Json] = {
    "input": ["secrets"],
    "output": [{"pii": {"entities": ["email"], "action": "redact"}}, {"phrases": {"phrases": ["open sesame"]}}],
    "block_message": "Not for me.",
}
CALL = ToolCall(id="c", name="search", arguments={"q": "x"})


class Pieces:
    """A chat model that gives these pieces, and fails after them if it is told to."""

    def __init__(self, *pieces: str, fails: bool = False, calls: tuple[ToolCall, ...] = ()) -> None:
        self.pieces = pieces
        self.fails = fails
        self.calls = calls
        self.given = 0

    async def chat(self, request: ChatRequest) -> ChatReply:
        if self.fails:
            raise ModelError(f"{request.model} is down", hint="Wait.")
        usage = Usage(prompt_tokens=1, completion_tokens=2, cost=0.1)
        return ChatReply(text="".join(self.pieces), model=request.model, tool_calls=self.calls, usage=usage)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[str | ChatReply, None]:
        self.given = 0
        for piece in self.pieces:
            self.given += 1
            yield piece
        yield await self.chat(request)


class AtOnce:
    """A chat model that does not stream."""

    async def chat(self, request: ChatRequest) -> ChatReply:
        return ChatReply(text="All of it.", model=request.model)


def responder(*models: ChatModel, policy: Policy | None = None) -> Responder:
    spec = PromptSpec(body="user:\n{{ question }}", inputs={"question": InputSpec(type="string")})
    named = [(f"m{number}", model) for number, model in enumerate(models)]
    return Responder(prompt=Prompt("answer", "sha256:0", spec), models=named, policy=policy, refs={"app": "sha256:1"})


def events(answers: Responder, question: str = "Hi?", contexts: Sequence[Context] = ()) -> list[Event]:
    return list(each(stream_answer(answers, {"question": question}, contexts=contexts)))


def shown(found: Sequence[Event]) -> str:
    return "".join(event.text for event in found)


def last(found: Sequence[Event]) -> Reply:
    reply = found[-1].reply
    assert reply is not None
    return reply


def timeless(reply: Reply) -> Reply:
    return reply.model_copy(update={"id": "", "at": None, "usage": Usage(), "verdicts": reply.verdicts and ()})


def test_text_comes_as_it_is_written_then_verdicts_calls_and_the_reply() -> None:
    answers = responder(Pieces("See ", "[1].", calls=(CALL,)), policy=Policy.from_mapping(POLICY))
    found = events(answers, contexts=[Context(id="a", text="x", metadata={"key": "a.md"})])
    assert [event.type for event in found if event.type != "text"] == ["verdict", "verdict", "tool_call", "reply"]
    assert [event.verdict.stage for event in found if event.verdict] == ["input", "output"]
    assert found[-2].tool_call == CALL
    reply = last(found)
    assert (shown(found), reply.citations[0].key, reply.usage.tokens, reply.model) == ("See [1].", "a.md", 3, "m0")


@given(
    st.lists(st.sampled_from(["jane.doe@", "example", ".org", " ", "and ", "open", " sesame", "ü", "."]), max_size=12)
)
def test_it_ends_with_the_reply_that_ask_gives_and_shows_no_more_than_it(pieces: list[str]) -> None:
    answers = responder(Pieces(*pieces), policy=Policy.from_mapping(POLICY))
    found, asked = events(answers), run_sync(answers.answer({"question": "Hi?"}))
    reply = last(found)
    assert timeless(reply) == timeless(asked)
    if reply.blocked:
        assert not re.search(r"\bopen sesame\b", shown(found))  # "open sesamejane" is another word
        assert reply.verdicts[-1].action == "block"
    else:
        assert shown(found) == reply.text == asked.text
        assert reply.verdicts[-1].text == asked.verdicts[-1].text


def test_a_blocked_question_reaches_no_model() -> None:
    model = Pieces("x")
    found = events(responder(model, policy=Policy.from_mapping(POLICY)), "AKIAIOSFODNN7EXAMPLE is my key")
    assert [event.type for event in found] == ["verdict", "reply"]
    assert (last(found).blocked, last(found).text, model.given) == (True, "Not for me.", 0)


def test_a_model_that_is_stopped_is_not_read_on() -> None:
    model = Pieces("It is ", "open ", "sesame ", *["and so on "] * 50)
    found = events(responder(model, policy=Policy.from_mapping(POLICY)))
    assert shown(found) == "It is "
    assert model.given < 10
    assert (last(found).finish_reason, last(found).text) == ("content_filter", "Not for me.")
    assert last(found).usage.first_token is not None


def test_a_slow_check_looks_beside_and_can_stop_the_answer() -> None:
    slow = Slow(lambda text: whole(text, "rude"))
    model = Pieces("rude ", *["word "] * 4000)
    found = events(responder(model, policy=with_slow_check(slow)))
    assert last(found).blocked
    assert model.given < 4001
    assert len(shown(found)) < 20_000


def test_a_model_without_pieces_answers_in_one() -> None:
    found = events(responder(AtOnce()))
    assert [(event.type, event.text) for event in found] == [("text", "All of it."), ("reply", "")]


def test_a_fallback_answers_only_while_nothing_was_given_out() -> None:
    found = events(responder(Pieces(fails=True), Pieces("Second.")))
    assert (shown(found), last(found).fallback, last(found).model) == ("Second.", True, "m1")
    held = Pieces("jane.doe@exam", fails=True)  # all of it is held back by the guard
    found = events(responder(held, Pieces("Second."), policy=Policy.from_mapping(POLICY)))
    assert shown(found) == "Second."
    begun = each(stream_answer(responder(Pieces("Begun ", fails=True), Pieces("x")), {"question": "Hi?"}))
    assert next(begun).text == "Begun "
    with pytest.raises(ModelError, match=r"m0 is down \(6 characters had been given out\)") as caught:
        next(begun)
    assert caught.value.hint == "No fallback takes over in the middle of an answer. Wait."
    with pytest.raises(ModelError, match="m1 is down"):
        events(responder(Pieces(fails=True), Pieces(fails=True)))
