"""OpenInference, as Phoenix and its instrumentations write it."""

from llmops.domain.trace import Span
from llmops.flows.interactions.dialects import open_inference
from llmops.flows.interactions.dialects.attributes import Attributes
from llmops.flows.interactions.dialects.reading import Reading
from tests.support.spans import event, span


def read(given: Span) -> tuple[Reading, Attributes]:
    attributes = Attributes(given.attributes)
    return open_inference.read(given, attributes), attributes


def test_an_answer_is_read_whole() -> None:
    found, attributes = read(
        span(
            {
                "openinference.span.kind": "LLM",
                "llm.model_name": "gpt-4o",
                "llm.provider": "openai",
                "llm.input_messages.0.message.role": "system",
                "llm.input_messages.0.message.content": "Be brief",
                "llm.input_messages.1.message.role": "user",
                "llm.input_messages.1.message.contents.0.message_content.type": "text",
                "llm.input_messages.1.message.contents.0.message_content.text": "Which code?",
                "llm.output_messages.0.message.role": "assistant",
                "llm.output_messages.0.message.content": "Code 1.",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "find",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"q": 1}',
                "llm.token_count.prompt": 7,
                "llm.token_count.completion": 3,
                "llm.cost.total": 0.25,
                "session.id": "s1",
                "user.id": "u1",
                "metadata": '{"plan": "pro"}',
                "tag.tags": ["a"],
                "input.value": "{}",
                "of.another": 1,
            },
            events=[event("First Token Stream Event", 0.25)],
        )
    )
    assert found.what == "answer"
    assert [one["content"] for one in found.messages] == ["Be brief", "Which code?"]
    assert (found.output, found.tool_calls[0].name, found.tool_calls[0].arguments) == ("Code 1.", "find", {"q": 1})
    assert (found.model, found.prompt_tokens, found.completion_tokens, found.cost) == ("openai/gpt-4o", 7, 3, 0.25)
    assert (found.session, found.user, found.first_token) == ("s1", "u1", 0.25)
    assert found.metadata == {"plan": "pro", "tags": ["a"]}
    assert attributes.rest() == {"of.another": 1}


def test_an_answer_without_messages_is_its_values() -> None:
    found, _ = read(span({"openinference.span.kind": "llm", "input.value": "hi", "output.value": "ho"}))
    assert (found.messages, found.output) == ([{"role": "user", "content": "hi"}], "ho")


def test_documents_are_contexts() -> None:
    found, _ = read(
        span(
            {
                "openinference.span.kind": "RETRIEVER",
                "retrieval.documents.0.document.id": "d1",
                "retrieval.documents.0.document.content": "Code 1 is a failed gate.",
                "retrieval.documents.0.document.score": 0.5,
                "retrieval.documents.0.document.metadata": '{"page": 2}',
                "retrieval.documents.1.document.content": "Other",
            }
        )
    )
    assert found.what == "retrieval"
    assert [(one.id, one.score, one.metadata) for one in found.contexts] == [("d1", 0.5, {"page": 2}), ("2", 0.0, {})]


def test_chains_only_tell_who_asked() -> None:
    found, _ = read(span({"openinference.span.kind": "CHAIN", "session.id": "s", "input.value": "x"}))
    assert (found.what, found.session) == ("other", "s")
