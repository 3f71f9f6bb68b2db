"""OpenTelemetry's own conventions, as they are and as they were."""

import json

import pytest

from llmops.core.hashing import Json
from llmops.domain.trace import Span, SpanEvent
from llmops.flows.interactions.dialects import gen_ai
from llmops.flows.interactions.dialects.attributes import Attributes
from llmops.flows.interactions.dialects.reading import Reading
from tests.support.spans import event, span

BASE: dict[str, Json] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 7,
    "gen_ai.usage.output_tokens": 3,
    "gen_ai.conversation.id": "s1",
}
ASKED = [{"role": "user", "parts": [{"type": "text", "content": "Which code?"}]}]
ANSWERED = [{"role": "assistant", "parts": [{"type": "text", "content": "Code 1."}], "finish_reason": "stop"}]


def read(given: Span) -> Reading:
    return gen_ai.read(given, Attributes(given.attributes))


def test_tokens_model_and_conversation_are_read() -> None:
    found = read(span(BASE))
    assert (found.what, found.model, found.finish_reason) == ("answer", "openai/gpt-4o-2024-08-06", "stop")
    assert (found.prompt_tokens, found.completion_tokens, found.session) == (7, 3, "s1")


@pytest.mark.parametrize(
    ("attributes", "events"),
    [
        ({"gen_ai.input.messages": json.dumps(ASKED), "gen_ai.output.messages": json.dumps(ANSWERED)}, ()),
        ({"gen_ai.input.messages": ASKED, "gen_ai.output.messages": ANSWERED}, ()),
        ({}, [event(gen_ai.DETAILS, gen_ai__input__messages=ASKED, gen_ai__output__messages=ANSWERED)]),
        (
            {},
            [
                event("gen_ai.user.message", content="Which code?"),
                event("gen_ai.choice", message='{"role": "assistant", "content": "Code 1."}', finish_reason="stop"),
            ],
        ),
        (
            {},
            [
                event("gen_ai.user.message", gen_ai__event__content='{"content": "Which code?"}'),
                event("gen_ai.choice", gen_ai__event__content='{"message": {"content": "Code 1."}}'),
            ],
        ),
        (
            {},
            [
                event("gen_ai.content.prompt", gen_ai__prompt='[{"role": "user", "content": "Which code?"}]'),
                event("gen_ai.content.completion", gen_ai__completion='[{"role": "assistant", "content": "Code 1."}]'),
            ],
        ),
    ],
    ids=["json", "maps", "one event", "an event each", "an event each, with JSON", "the first release"],
)
def test_texts_are_found_wherever_a_release_puts_them(attributes: dict[str, Json], events: list[SpanEvent]) -> None:
    found = read(span({**BASE, **attributes}, events=events))
    assert found.messages == [{"role": "user", "content": "Which code?"}]
    assert (found.output, found.finish_reason) == ("Code 1.", "stop")


def test_system_words_tools_and_their_answers_are_turns() -> None:
    called = [{"type": "tool_call", "id": "c1", "name": "find", "arguments": '{"q": "x"}'}]
    asked = [*ASKED, {"role": "assistant", "parts": called}]
    asked.append({"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"hits": 2}}]})
    told: dict[str, Json] = {
        "gen_ai.system_instructions": '[{"type": "text", "content": "Be brief"}]',
        "gen_ai.input.messages": asked,
        "gen_ai.output.messages": [{"role": "assistant", "parts": called, "finish_reason": "tool_calls"}],
    }
    found = read(span({**BASE, **told}))
    assert [one["role"] for one in found.messages] == ["system", "user", "assistant", "tool"]
    assert found.messages[2]["tool_calls"][0]["function"]["name"] == "find"
    assert found.messages[3]["content"] == '{"hits": 2}'
    assert (found.output, found.tool_calls[0].arguments) == ("", {"q": "x"})


def test_other_operations_are_no_answers_and_the_first_token_is_timed() -> None:
    assert read(span({**BASE, "gen_ai.operation.name": "embeddings"})).what == "other"
    streamed = read(span(BASE, events=[event("gen_ai.first_token", 0.25), event("gen_ai.first_token", 0.75)]))
    assert streamed.first_token == 0.25
