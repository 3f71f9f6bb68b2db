"""Traceloop's OpenLLMetry (`traceloop.*`, `gen_ai.prompt.0.content`), on top of OpenTelemetry's own names.

https://github.com/traceloop/openllmetry/tree/main/packages/opentelemetry-semantic-conventions-ai
"""

from collections.abc import Mapping
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import ToolCall
from llmops.domain.trace import Span
from llmops.flows.interactions.dialects import gen_ai
from llmops.flows.interactions.dialects.attributes import Attributes, parsed
from llmops.flows.interactions.dialects.reading import Reading, as_text, message

_ANSWERS: Final = ("chat", "completion")
_PROPERTIES: Final = "traceloop.association.properties."


def is_spoken(values: Mapping[str, Json]) -> bool:
    """Tell whether a span speaks this dialect."""
    return any(
        name.startswith(("traceloop.", "gen_ai.prompt.0.", "gen_ai.completion.0.", "db.query.result"))
        or name == "llm.request.type"
        for name in values
    )


def read(span: Span, given: Attributes) -> Reading:
    """What the span says."""
    found = Reading(
        messages=[message(row.get("role"), row.get("content"), _calls(row)) for row in given.numbered("gen_ai.prompt")]
    )
    for answer in given.numbered("gen_ai.completion")[:1]:
        found.output = as_text(answer.get("content"))
        found.tool_calls = tuple(_calls(answer))
        found.finish_reason = as_text(answer.get("finish_reason"))
    kind = given.text("llm.request.type")
    given.get("llm.usage.total_tokens", "gen_ai.usage.total_tokens", "llm.is_streaming", "gen_ai.is_streaming")
    properties = given.below(_PROPERTIES)
    found.user = as_text(properties.pop("user_id", None))
    found.session = as_text(properties.pop("session_id", None) or properties.pop("chat_id", None))
    found.metadata |= properties
    workflow = given.text("traceloop.workflow.name")
    if workflow:
        found.metadata["workflow"] = workflow
    found.contexts = _documents(span)
    base = gen_ai.read(span, given)
    found.what = "retrieval" if found.contexts else base.what if base.what != "other" else "other"
    if kind in _ANSWERS or (not kind and (found.output or found.tool_calls)):
        found.what = "answer"
    found.fill(base)
    return found


def _calls(row: Mapping[str, Json]) -> list[ToolCall]:
    return [
        ToolCall(id=as_text(call.get("id")), name=as_text(call.get("name")), arguments=parsed(call.get("arguments")))
        for call in Attributes(row).numbered("tool_calls")
    ]


def _documents(span: Span) -> tuple[Context, ...]:
    """What a vector store found: one event for each row."""
    found: list[Context] = []
    for event in span.events:
        if event.name != "db.query.result":
            continue
        given = Attributes(event.attributes)
        distance = given.number("db.query.result.distance")
        score = given.number("db.query.result.score")
        metadata = given.json("db.query.result.metadata")
        found.append(
            Context(
                id=given.text("db.query.result.id") or str(len(found) + 1),
                text=given.text("db.query.result.document"),
                score=score if score is not None else 0.0 if distance is None else -distance,
                metadata=metadata if isinstance(metadata, dict) else {},
            )
        )
    return tuple(found)
