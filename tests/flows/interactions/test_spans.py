"""One interaction for each answer of a model, with what its trace knows."""

from hypothesis import given
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.domain.trace import OWN
from llmops.flows.interactions.spans import SpanReader
from tests.support.spans import event, span

ANSWER: dict[str, Json] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "m",
    "gen_ai.prompt": "hi",
    "gen_ai.completion": "ho",
}
NAMES = [*ANSWER, "openinference.span.kind", "llm.input_messages.0.message.role", "gen_ai.prompt.0.content", "traceloop.x",
         "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments", "gen_ai.input.messages", "metadata",
         "gen_ai.completion.0.tool_calls.0.arguments", "retrieval.documents.0.document.score", "llm.request.type"]  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5), st.sampled_from(
        ["LLM", "RETRIEVER", "chat", '[{"role": 1, "parts": [1, {"type": "tool_call"}]}]', '{"a": [{}]}', "[[]]"])
)  # fmt: skip


def documents(name: str) -> dict[str, Json]:
    return {"openinference.span.kind": "RETRIEVER", "retrieval.documents.0.document.content": name}


def test_the_last_look_up_before_the_answer_is_its_contexts() -> None:
    spans = [span(documents("first"), id="r1"), span(documents("reranked"), id="r2", at=1), span(ANSWER, id="m", at=2),
             span(documents("later"), id="r3", at=3)]  # fmt: skip
    (entry,) = SpanReader().read(list(reversed(spans)))
    assert [one.text for one in entry.reply.contexts] == ["reranked"]
    assert entry.reply.id == "otel-a1-m"
    assert (entry.inputs, entry.reply.text, entry.reply.usage.latency) == ({"question": "hi"}, "ho", 1.0)


def test_look_ups_of_an_earlier_batch_and_of_another_trace_are_told_apart() -> None:
    reader = SpanReader()
    assert reader.read([span(documents("mine")), span(documents("other"), trace_id="a2")]) == []
    (entry,) = reader.read([span(ANSWER, at=2)])
    assert [one.text for one in entry.reply.contexts] == ["mine"]


def test_user_session_and_segments_may_stand_on_any_span_of_the_trace() -> None:
    root = span({"traceloop.span.kind": "workflow", "traceloop.association.properties.user_id": "u",
                 "traceloop.association.properties.plan": "pro"}, id="root")  # fmt: skip
    (entry,) = SpanReader("docs").read([root, span({**ANSWER, "gen_ai.conversation.id": "s", "mine": 1}, at=0.1,
                                                   resource={"service.name": "shop", "host": "h"})])  # fmt: skip
    assert (entry.user, entry.session, entry.app) == ("u", "s", "docs")
    assert entry.metadata == {
        "trace_id": "a1", "span": "chat m", "service": "shop", "plan": "pro", "attributes": {"host": "h", "mine": 1},
    }  # fmt: skip


def test_what_failed_is_an_error_and_what_llmops_made_itself_is_left_out() -> None:
    failed = span(ANSWER, error="rate limited", events=[event("exception")])
    own = span({**ANSWER, OWN: "reply-1"}, id="own")
    other = span({"http.method": "GET"}, id="web")
    (entry,) = SpanReader().read([failed, own, other])
    assert (entry.error, entry.reply.finish_reason) == ("rate limited", "error")


def test_a_span_names_its_app_and_digests() -> None:
    named = {"llmops.app": "app/docs@3", "llmops.refs.app": "sha256:1"}
    (entry,) = SpanReader("other").read([span({**ANSWER, **named})])
    assert (entry.app, entry.reply.refs) == ("docs", {"app": "sha256:1"})


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_no_span_breaks_the_others(attributes: dict[str, Json]) -> None:
    entries = SpanReader().read([span(attributes, id="odd"), span(ANSWER, id="good", at=2)])
    assert entries[-1].reply.id == "otel-a1-good"
