"""OpenTelemetry's own conventions for generative AI (`gen_ai.*`), in the forms that they have had.

Texts stand in attributes (`gen_ai.input.messages`, JSON), in an event of the operation, or, in older releases, in one event for
each message. https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from collections.abc import Iterable, Mapping
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.interaction import ToolCall
from llmops.domain.trace import Span, SpanEvent
from llmops.flows.interactions.dialects.attributes import Attributes, parsed
from llmops.flows.interactions.dialects.reading import Reading, as_text, message

ANSWERS: Final = ("chat", "text_completion", "generate_content")
DETAILS: Final = "gen_ai.client.inference.operation.details"

_MARKS: Final = (
    "gen_ai.operation.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.system",
    "gen_ai.provider.name",
)


def is_spoken(values: Mapping[str, Json]) -> bool:
    """Tell whether a span speaks this dialect."""
    return any(name in values for name in _MARKS)


def read(span: Span, given: Attributes) -> Reading:
    """What the span says."""
    operation = given.text("gen_ai.operation.name")
    found = Reading(
        what="answer" if operation in ANSWERS else "other",
        model=given.text("gen_ai.response.model", "gen_ai.request.model"),
        fingerprint=given.text("gen_ai.openai.response.system_fingerprint", "openai.response.system_fingerprint"),
        finish_reason=given.text("gen_ai.response.finish_reasons"),
        prompt_tokens=given.count("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        completion_tokens=given.count("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        session=given.text("gen_ai.conversation.id"),
    )
    provider = given.text("gen_ai.provider.name", "gen_ai.system")
    if provider and found.model and "/" not in found.model:
        found.model = f"{provider}/{found.model}"
    _read_texts(found, given)
    for event in span.events:
        _read_event(found, span, event)
    if not operation and found.output:
        found.what = "answer"
    return found


def _read_texts(found: Reading, given: Attributes) -> None:
    """The messages of attributes, which are the same in the event of the operation."""
    system = parsed(given.get("gen_ai.system_instructions"))
    asked = parsed(given.get("gen_ai.input.messages", "gen_ai.prompt"))
    answered = parsed(given.get("gen_ai.output.messages", "gen_ai.completion"))
    if system is not None:
        found.messages.append(message("system", system))
    found.messages += _turns(asked)
    for turn in _listed(answered):
        if not isinstance(turn, Mapping):
            found.output = found.output or as_text(turn)
            continue
        calls = tuple(_calls(turn.get("parts")))
        if not found.output and not found.tool_calls:
            found.output, found.tool_calls = _text_of(turn), calls
        found.finish_reason = found.finish_reason or as_text(turn.get("finish_reason"))


def _turns(value: Json) -> list[dict[str, Json]]:
    return [
        message(turn.get("role"), _text_of(turn), _calls(turn.get("parts")))
        if isinstance(turn, Mapping)
        else message("user", turn)
        for turn in _listed(value)
    ]


def _text_of(turn: Mapping[str, Json]) -> str:
    """The text of a turn: that of its parts, or its content."""
    parts = turn.get("parts")
    if not isinstance(parts, list):
        return as_text(turn.get("content"))
    texts = []
    for part in parts:
        if isinstance(part, Mapping) and part.get("type") == "tool_call":
            continue
        answered = part.get("response", part.get("result")) if isinstance(part, Mapping) else None
        texts.append(as_text(part if answered is None else answered))
    return "\n".join(text for text in texts if text)


def _calls(parts: Json) -> Iterable[ToolCall]:
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, Mapping) and part.get("type") == "tool_call":
            yield ToolCall(
                id=as_text(part.get("id")), name=as_text(part.get("name")), arguments=parsed(part.get("arguments"))
            )


def _read_event(found: Reading, span: Span, event: SpanEvent) -> None:
    """An event with texts; others say nothing."""
    given = Attributes(event.attributes)
    if event.name in (DETAILS, "gen_ai.content.prompt", "gen_ai.content.completion"):
        _read_texts(found, given)
        return
    if event.name in ("gen_ai.first_token", "First Token Stream Event", "llm.content.completion.chunk"):
        seconds = (event.at - span.started).total_seconds()
        found.first_token = seconds if found.first_token is None else min(found.first_token, seconds)
        return
    kind, _, role = event.name.removesuffix(".message").partition(".")
    if kind != "gen_ai" or role not in ("system", "user", "assistant", "tool", "choice"):
        return
    body = parsed(given.get("gen_ai.event.content", "body"))
    told: Mapping[str, Json] = body if isinstance(body, Mapping) else {}
    content = told.get("content", given.get("content"))
    if role != "choice":
        found.messages.append(message(given.text("role") or role, content))
        return
    inner = parsed(told.get("message", given.get("message")))
    if isinstance(inner, Mapping):
        content = inner.get("content")
    elif inner is not None:
        content = inner
    found.output = found.output or as_text(content)
    found.finish_reason = found.finish_reason or as_text(told.get("finish_reason", given.get("finish_reason")))


def _listed(value: Json) -> list[Json]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
