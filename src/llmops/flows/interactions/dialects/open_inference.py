"""OpenInference (`openinference.span.kind`, `llm.*`), which Phoenix and its instrumentations write.

https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md
"""

from collections.abc import Mapping
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import ToolCall
from llmops.domain.trace import Span
from llmops.flows.interactions.dialects.attributes import Attributes, parsed
from llmops.flows.interactions.dialects.reading import Reading, What, as_text, message

KIND: Final = "openinference.span.kind"

_KINDS: Final[dict[str, What]] = {"LLM": "answer", "RETRIEVER": "retrieval", "RERANKER": "retrieval"}


def is_spoken(values: Mapping[str, Json]) -> bool:
    """Tell whether a span speaks this dialect."""
    return KIND in values


def read(span: Span, given: Attributes) -> Reading:
    """What the span says."""
    found = Reading(
        what=_KINDS.get(given.text(KIND).upper(), "other"),
        messages=[_turn(row) for row in given.numbered("llm.input_messages")],
        model=given.text("llm.model_name"),
        prompt_tokens=given.count("llm.token_count.prompt"),
        completion_tokens=given.count("llm.token_count.completion"),
        cost=given.number("llm.cost.total"),
        finish_reason=given.text("llm.finish_reason"),
        user=given.text("user.id"),
        session=given.text("session.id"),
    )
    provider = given.text("llm.provider", "llm.system")
    if provider and found.model and "/" not in found.model:
        found.model = f"{provider}/{found.model}"
    for answer in given.numbered("llm.output_messages")[:1]:
        found.output = _text_of(answer)
        found.tool_calls = tuple(_calls(answer))
    if found.what == "answer":
        if not found.messages:
            found.messages = [message("user", given.get("input.value"))]
        if not found.output and not found.tool_calls:
            found.output = given.text("output.value")
        given.get("input.value", "output.value", "input.mime_type", "output.mime_type")
    documents = given.numbered("reranker.output_documents") or given.numbered("retrieval.documents")
    found.contexts = tuple(_document(place, row) for place, row in enumerate(documents, 1))
    metadata = given.json("metadata")
    if isinstance(metadata, dict):
        found.metadata |= metadata
    tags = given.get("tag.tags")
    if tags:
        found.metadata["tags"] = tags
    for event in span.events:
        if event.name == "First Token Stream Event" and found.first_token is None:
            found.first_token = (event.at - span.started).total_seconds()
    return found


def _turn(row: Mapping[str, Json]) -> dict[str, Json]:
    return message(row.get("message.role"), _text_of(row), _calls(row))


def _text_of(row: Mapping[str, Json]) -> str:
    content = row.get("message.content")
    if content is not None:
        return as_text(content)
    parts = Attributes(row).numbered("message.contents")
    return "\n".join(text for part in parts if (text := as_text(part.get("message_content.text"))))


def _calls(row: Mapping[str, Json]) -> list[ToolCall]:
    return [
        ToolCall(
            id=as_text(call.get("tool_call.id")),
            name=as_text(call.get("tool_call.function.name")),
            arguments=parsed(call.get("tool_call.function.arguments")),
        )
        for call in Attributes(row).numbered("message.tool_calls")
    ]


def _document(place: int, row: Mapping[str, Json]) -> Context:
    score = Attributes(row).number("document.score")
    metadata = parsed(row.get("document.metadata"))
    return Context(
        id=as_text(row.get("document.id")) or str(place),
        text=as_text(row.get("document.content")),
        score=score or 0.0,
        metadata=metadata if isinstance(metadata, dict) else {},
    )
