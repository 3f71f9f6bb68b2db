"""Traceloop's OpenLLMetry."""

from llmops.domain.trace import Span
from llmops.flows.interactions.dialects import traceloop
from llmops.flows.interactions.dialects.attributes import Attributes
from llmops.flows.interactions.dialects.reading import Reading
from tests.support.spans import event, span


def read(given: Span) -> Reading:
    return traceloop.read(given, Attributes(given.attributes))


def test_an_answer_is_read_whole() -> None:
    found = read(
        span(
            {
                "llm.request.type": "chat",
                "gen_ai.system": "OpenAI",
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.prompt.0.role": "user",
                "gen_ai.prompt.0.content": "Which code?",
                "gen_ai.completion.0.role": "assistant",
                "gen_ai.completion.0.content": "Code 1.",
                "gen_ai.completion.0.finish_reason": "stop",
                "gen_ai.completion.0.tool_calls.0.name": "find",
                "gen_ai.usage.prompt_tokens": 7,
                "gen_ai.usage.completion_tokens": 3,
                "llm.usage.total_tokens": 10,
                "traceloop.association.properties.user_id": "u1",
                "traceloop.association.properties.session_id": "s1",
                "traceloop.association.properties.plan": "pro",
                "traceloop.workflow.name": "support",
            }
        )
    )
    assert (found.what, found.model, found.output, found.finish_reason) == (
        "answer", "OpenAI/gpt-4o", "Code 1.", "stop",
    )  # fmt: skip
    assert found.messages == [{"role": "user", "content": "Which code?"}]
    assert (found.prompt_tokens, found.completion_tokens, found.user, found.session) == (7, 3, "u1", "s1")
    assert found.metadata == {"plan": "pro", "workflow": "support"}
    assert found.tool_calls[0].name == "find"


def test_what_a_vector_store_found_is_contexts_nearest_first() -> None:
    rows = [
        event(
            "db.query.result",
            db__query__result__id=name,
            db__query__result__distance=far,
            db__query__result__document=name,
        )
        for name, far in (("a", 0.25), ("b", 0.5))
    ]
    found = read(span({"db.system": "chroma"}, events=rows))
    assert found.what == "retrieval"
    assert [(one.id, one.text, one.score) for one in found.contexts] == [("a", "a", -0.25), ("b", "b", -0.5)]


def test_a_workflow_only_tells_who_asked() -> None:
    found = read(span({"traceloop.span.kind": "workflow", "traceloop.association.properties.user_id": "u"}))
    assert (found.what, found.user) == ("other", "u")
