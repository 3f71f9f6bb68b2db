"""From a question to an answer."""

from datetime import UTC, datetime

import pytest

from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, ModelError, RenderError
from llmops.core.hashing import Json
from llmops.domain.artifact import InputSpec, PromptSpec
from llmops.domain.corpus import Context, Hits
from llmops.domain.interaction import ChatReply, ChatRequest, Message
from llmops.flows.serving.chat import Responder, question_of
from llmops.registry.prompts import Prompt

BODY = "system:\nBe brief.\n\nuser:\n{% for c in contexts %}[{{ c.number }}] {{ c.text }}\n{% endfor %}Question: {{ question }}"


class Scripted:
    """A chat model that keeps what it was asked."""

    def __init__(self, answer: str = "Yes [1].", failing: bool = False) -> None:
        self.answer = answer
        self.failing = failing
        self.asked: list[ChatRequest] = []

    async def chat(self, request: ChatRequest) -> ChatReply:
        self.asked.append(request)
        if self.failing:
            raise ModelError(f"{request.model} is down")
        return ChatReply(text=self.answer, model=request.model)


class Shelf:
    """A retriever with two books."""

    async def retrieve(self, question: str, *, k: int | None = None, **rest: object) -> Hits:
        contexts = (
            Context(
                id="a", text="Gift cards last three years.", score=0.9, metadata={"key": "docs/cards.md", "line": 3}
            ),
            Context(id="b", text="Books weigh a lot.", score=0.1, metadata={"key": "docs/books.md"}),
        )
        return Hits(contexts=contexts[:k], generation="gen-1", sequence=7)


def responder(*models: Scripted, output: dict[str, Json] | None = None, body: str = BODY) -> Responder:
    spec = PromptSpec(body=body, inputs={"question": InputSpec(type="string")}, output=output)
    prompt = Prompt("answer", "sha256:0", spec)
    named = [(f"m{number}", model) for number, model in enumerate(models)]
    return Responder(
        prompt=prompt, models=named, retriever=Shelf(), refs={"app": "sha256:1"}, parameters={"temperature": 0}
    )


def test_contexts_are_retrieved_numbered_and_cited() -> None:
    model = Scripted()
    reply = run_sync(responder(model).answer({"question": "How long?"}))
    assert model.asked[0].messages[1].content == (
        "[1] Gift cards last three years.\n[2] Books weigh a lot.\nQuestion: How long?"
    )
    assert [(c.marker, c.key, c.line) for c in reply.citations] == [(1, "docs/cards.md", 3)]
    assert reply.refs == {"app": "sha256:1", "generation": "gen-1", "sequence": "7"}
    assert model.asked[0].parameters == {"temperature": 0}


def test_given_contexts_replace_retrieval() -> None:
    reply = run_sync(responder(Scripted()).respond({"question": "x"}, contexts=[]))
    assert reply.contexts == ()
    assert "generation" not in reply.refs


def test_a_conversation_asks_its_last_turn_and_keeps_the_others() -> None:
    model = Scripted()
    turns = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "How long?"},
    ]
    run_sync(responder(model).answer({"messages": turns}))
    asked = model.asked[0]
    assert asked.question == "How long?"
    assert [m.content for m in asked.messages[:3]] == ["Be brief.", "Hello", "Hi"]
    assert asked.messages[-1].content.endswith("Question: How long?")


def test_fallbacks_are_tried_in_order() -> None:
    down, up = Scripted(failing=True), Scripted("from the second")
    reply = run_sync(responder(down, up).answer({"question": "x"}))
    assert (reply.text, reply.model, reply.fallback) == ("from the second", "m1", True)
    assert len(down.asked) == 1


def test_a_reply_tells_when_it_was_made() -> None:
    before = datetime.now(UTC)
    reply = run_sync(responder(Scripted()).answer({"question": "x"}))
    assert not reply.fallback
    assert reply.at is not None
    assert before <= reply.at <= datetime.now(UTC)


@pytest.mark.parametrize("at", [datetime(2026, 1, 2, tzinfo=UTC), None])
def test_a_cached_reply_keeps_its_time_or_has_none(at: datetime | None) -> None:
    class Remembers(Scripted):
        async def chat(self, request: ChatRequest) -> ChatReply:
            return ChatReply(text="x", model=request.model, cached=True, at=at)

    assert run_sync(responder(Remembers()).answer({"question": "x"})).at == at


def test_when_all_fail_the_last_error_is_raised() -> None:
    with pytest.raises(ModelError, match="m1 is down"):
        run_sync(responder(Scripted(failing=True), Scripted(failing=True)).answer({"question": "x"}))


def test_an_output_schema_gives_parsed_data() -> None:
    schema: dict[str, Json] = {"type": "object"}
    assert run_sync(responder(Scripted('{"a": 1}'), output=schema).answer({"question": "x"})).data == {"a": 1}
    assert run_sync(responder(Scripted("rubbish"), output=schema).answer({"question": "x"})).data is None
    assert run_sync(responder(Scripted('{"a": 1}')).answer({"question": "x"})).data is None


def test_a_prompt_that_uses_no_contexts_gets_none() -> None:
    model = Scripted()
    run_sync(responder(model, body="{{ question }}").answer({"question": "x"}))
    assert model.asked[0].messages == (Message(role="user", content="x"),)


def test_unknown_inputs_are_named() -> None:
    with pytest.raises(RenderError, match="tone"):
        run_sync(responder(Scripted()).answer({"question": "x", "tone": "polite"}))


@pytest.mark.parametrize("turns", ["hello", [{"role": "human", "content": "x"}], [1]])
def test_malformed_turns_are_refused(turns: Json) -> None:
    with pytest.raises(InputError, match=r"is no turn|must be a list"):
        run_sync(responder(Scripted()).answer({"messages": turns}))


def test_retrieval_needs_a_question() -> None:
    with pytest.raises(InputError, match="no question to search with"):
        run_sync(responder(Scripted()).answer({"a": "x", "b": "y"}))


def test_the_question_is_found_where_people_put_it() -> None:
    assert question_of({"question": "a", "other": "b"}) == "a"
    assert question_of({"text": "a", "n": 3}) == "a"
    assert question_of({}, [Message(role="user", content="a"), Message(role="assistant", content="b")]) == "a"
    assert question_of({"a": "x", "b": "y"}) == ""


def test_turns_after_the_question_stay_after_it() -> None:
    model = Scripted()
    call = {"id": "call-1", "function": {"name": "price", "arguments": "{}"}}
    turns = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "How much?"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call-1", "content": "5"},
    ]
    run_sync(responder(model).answer({"messages": turns}))
    asked = model.asked[0]
    assert asked.question == "How much?"
    assert [message.role for message in asked.messages] == ["system", "user", "assistant", "user", "assistant", "tool"]
    assert asked.messages[3].content.endswith("Question: How much?")
    assert asked.messages[4].tool_calls[0].name == "price"
    assert asked.messages[5].tool_call_id == "call-1"
