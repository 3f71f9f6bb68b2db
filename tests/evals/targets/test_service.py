"""Services as targets: requests from inputs, answers by their paths."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.backends.http_service import open_service
from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, ModelError, RenderError
from llmops.core.hashing import Json
from llmops.core.settings import load_settings
from llmops.domain.interaction import Reply
from llmops.domain.service import ServiceSpec
from llmops.evals.targets.service import ServiceTarget, fill
from tests.support.answering_service import Answer, AnsweringService, answering_service


@pytest.fixture
def service() -> Iterator[AnsweringService]:
    with answering_service() as running:
        yield running


@pytest.fixture
def folder(service: AnsweringService, tmp_path: Path) -> Path:
    """A workspace whose connection `desk` leads to the service."""
    (tmp_path / "llmops.toml").write_text(f'[connections.desk]\nurl = "{service.url}"\n')
    return tmp_path


def target(folder: Path, version: str = "", **written: Json) -> ServiceTarget:
    spec = ServiceSpec(connection="desk", retries=0, **written)
    return ServiceTarget(spec, open_service(spec, load_settings(folder, {})), version)


def ask(folder: Path, inputs: dict[str, Json] | None = None, **written: Json) -> Reply:
    return run_sync(target(folder, **written).answer(inputs or {"question": "When?"}))


def test_a_body_is_made_of_the_inputs(service: AnsweringService, folder: Path) -> None:
    body = {"q": "Q: {{ question }}", "turns": "{{ messages }}", "k": 5, "all": "{{ inputs }}", "list": ["{{ lang }}"]}
    inputs = {"question": 'a "quoted" one', "messages": [{"role": "user", "content": "x"}], "lang": "en"}
    ask(folder, inputs, body=body, query={"tenant": "{{ lang }}-1", "k": 5})
    (asked,) = service.asked
    assert asked.path == "/?tenant=en-1&k=5"
    assert asked.body == {
        "q": 'Q: a "quoted" one', "turns": inputs["messages"], "k": 5, "all": inputs, "list": ["en"],
    }  # fmt: skip


def test_without_a_body_the_inputs_are_sent(service: AnsweringService, folder: Path) -> None:
    ask(folder)
    ask(folder, {"question": "When?", "k": 5}, method="GET")
    assert service.asked[0].body == {"question": "When?"}
    assert service.asked[1].path == "/?question=When?&k=5"


def test_an_answer_is_read_by_its_paths(service: AnsweringService, folder: Path) -> None:
    service.answer = Answer(
        {
            "reply": {"text": "nine to six"},
            "sources": [{"text": "Open nine to six.", "page": 3, "metadata": {"lang": "en"}}, {"text": "b", "id": "2"}],
            "calls": [{"name": "hours", "arguments": {}}],
            "meta": {"input_tokens": 12, "output_tokens": 3, "cost": 0.002, "region": "eu"},
        }
    )
    reply = ask(
        folder, output="$.reply.text", contexts="$.sources", tool_calls="$.calls", usage="$.meta", path="/v1/chat"
    )
    assert (reply.text, reply.model) == ("nine to six", "desk/v1/chat")
    assert reply.contexts[0].metadata == {"page": 3, "lang": "en"}
    assert [context.id for context in reply.contexts] == ["context-1", "2"]
    assert reply.tool_calls[0].name == "hours"
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.cost) == (12, 3, 0.002)
    assert reply.usage.latency > 0
    assert reply.at is not None
    assert [c.text for c in ask(folder, output="$.reply.text", contexts="$.sources[*].text").contexts] == [
        "Open nine to six.",
        "b",
    ]


@pytest.mark.parametrize(
    ("answer", "output", "text"),
    [
        (Answer({"output": "yes"}), "", "yes"),
        (Answer("json text"), "", "json text"),
        (Answer(b"plain", type="text/plain"), "", "plain"),
        (Answer({"parts": ["a", "b"]}), "$.parts[*]", "a\nb"),
        (Answer({"data": {"price": 5}}), "$.data", '{"price": 5}'),
    ],
)
def test_an_output_may_be_text_or_values(
    service: AnsweringService, folder: Path, answer: Answer, output: str, text: str
) -> None:
    service.answer = answer
    assert ask(folder, output=output).text == text


@pytest.mark.parametrize(
    ("answer", "written", "message", "hint"),
    [
        (Answer({"answer": "x", "id": 1}), {}, "does not say where the answer is", "It has the keys answer, id."),
        (Answer({"answer": "x"}), {"output": "$.reply"}, r"answered with nothing at \$\.reply", "the keys answer."),
        (Answer([]), {"output": "$.reply"}, r"answered with nothing at \$\.reply", "It is list."),
        (Answer({"output": "x", "c": [{"body": "y"}]}), {"contexts": "$.c"}, "a context has no text", "keys body."),
        (Answer({"output": "x", "c": 3}), {"tool_calls": "$.c"}, "tool_calls are 3", "arguments"),
    ],
)
def test_an_answer_without_what_the_paths_say(
    service: AnsweringService, folder: Path, answer: Answer, written: dict[str, Json], message: str, hint: str
) -> None:
    service.answer = answer
    with pytest.raises(InputError, match=message) as caught:
        ask(folder, **written)
    assert hint in caught.value.hint


def test_pieces_of_a_stream_are_joined(service: AnsweringService, folder: Path) -> None:
    events = ({"delta": "nine "}, {"delta": "to six"}, {"sources": ["a passage"], "usage": {"cost": 0.5}})
    service.answer = Answer(
        type="text/event-stream", chunks=tuple(f"data: {json.dumps(event)}\n\n".encode() for event in events)
    )
    reply = ask(folder, delta="$.delta", contexts="$.sources", usage="$.usage")
    assert (reply.text, reply.contexts[0].text, reply.usage.cost) == ("nine to six", "a passage", 0.5)
    assert reply.usage.first_token is not None
    assert 0 < reply.usage.first_token <= reply.usage.latency
    with pytest.raises(InputError, match="streamed 3 events without a piece of text") as caught:
        ask(folder)
    assert "delta: $.text. It has the keys sources, usage." in caught.value.hint
    service.answer = Answer(type="text/event-stream", chunks=(b"data: plain \n\n", b"data: words\n\n"))
    assert ask(folder).text == "plain words"


COMPLETION = {
    "choices": [{"message": {"content": "nine to six"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}


def test_the_openai_shape_needs_no_paths(service: AnsweringService, folder: Path) -> None:
    service.answer = Answer(COMPLETION)
    reply = ask(folder, format="openai", model="desk-1", body={"temperature": 0, "user": "{{ question }}"})
    assert (reply.text, reply.model, reply.usage.tokens) == ("nine to six", "desk-1", 5)
    assert service.asked[0].body == {
        "model": "desk-1", "temperature": 0, "user": "When?", "messages": [{"role": "user", "content": "When?"}],
    }  # fmt: skip
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": []}]
    ask(folder, {"messages": turns}, format="openai")
    assert service.asked[1].body == {"messages": turns}


def test_the_openai_shape_may_be_streamed(service: AnsweringService, folder: Path) -> None:
    chunks = ({"choices": [{"delta": {"content": word}}]} for word in ("nine ", "to six"))
    service.answer = Answer(
        type="text/event-stream",
        chunks=(*(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks), b"data: [DONE]\n\n"),
    )
    reply = ask(folder, format="openai", stream=True)
    assert service.asked[0].body["stream_options"] == {"include_usage": True}
    assert (reply.text, reply.usage.first_token is not None) == ("nine to six", True)


def test_the_openai_shape_needs_something_to_ask(service: AnsweringService, folder: Path) -> None:
    with pytest.raises(InputError, match="needs the input `messages`, `question`, or one text alone") as caught:
        ask(folder, {"a": "x", "b": "y"}, format="openai")
    assert "This case has a, b." in caught.value.hint
    service.answer = Answer({"answer": "x"})
    with pytest.raises(ModelError, match="is no chat completion"):
        ask(folder, format="openai")


def test_it_is_known_by_what_is_sent_and_read_and_by_its_version(folder: Path) -> None:
    plain, other, versioned = target(folder), target(folder, output="$.x"), target(folder, version="2")
    assert len({json.dumps(dict(one.refs)) for one in (plain, other, versioned)}) == 3
    assert plain.refs == target(folder).refs


def test_what_a_case_does_not_have_is_told() -> None:
    with pytest.raises(RenderError, match=r"body\.q: the case has no input 'qestion'") as caught:
        fill({"q": "{{ qestion }}"}, {"question": "x"}, "body")
    assert caught.value.hint == "Did you mean 'question'?"
    with pytest.raises(RenderError, match=r"body\[0\]:1: 'x' is undefined"):
        fill(["a {{ x }}"], {}, "body")
    assert fill({"a": "{json}", "n": 3, "none": None}, {}, "body") == {"a": "{json}", "n": 3, "none": None}
