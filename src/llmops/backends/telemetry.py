"""Spans of OpenTelemetry for what llmops answers (`gen_ai.*`), where the process has configured OpenTelemetry's SDK.

It is only called where that SDK is loaded already.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.interaction import Reply
from llmops.domain.trace import OWN

CONTENT: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""The variable that lets instrumentations write texts into spans; without it there are none."""


def emit(
    reply: Reply, *, app: str, at: datetime, inputs: Mapping[str, Json], session: str | None, error: str = ""
) -> None:
    """Make a span of an answer that has just been given, as a child of the span that surrounds the caller."""
    from opentelemetry import trace
    from opentelemetry.trace import SpanKind, Status, StatusCode

    began = int(at.timestamp() * 1e9)
    provider, _, model = reply.model.rpartition("/")
    attributes = {
        OWN: reply.id,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.response.id": reply.id,
        "gen_ai.response.finish_reasons": [reply.finish_reason] if reply.finish_reason else None,
        "gen_ai.usage.input_tokens": reply.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": reply.usage.completion_tokens,
        "gen_ai.conversation.id": session,
        "llmops.app": app,
        "llmops.blocked": reply.blocked,
        "llmops.cost": reply.usage.cost,
        "llmops.contexts": len(reply.contexts),
        **{f"llmops.refs.{name}": value for name, value in reply.refs.items()},
    }
    if os.environ.get(CONTENT, "").lower() in ("true", "1", "span_only", "span_and_event"):
        attributes["gen_ai.input.messages"] = json.dumps(_asked(inputs), ensure_ascii=False, default=str)
        attributes["gen_ai.output.messages"] = json.dumps([_turn("assistant", reply.text)], ensure_ascii=False)
    span = trace.get_tracer("llmops").start_span(
        f"chat {model}", kind=SpanKind.CLIENT, start_time=began,
        attributes={key: value for key, value in attributes.items() if value not in (None, "")},
    )  # fmt: skip
    if error:
        span.set_status(Status(StatusCode.ERROR, error))
    span.end()


def _asked(inputs: Mapping[str, Json]) -> list[dict[str, Json]]:
    messages = inputs.get("messages")
    if isinstance(messages, list):
        return [_turn(str(one.get("role", "user")), one.get("content")) for one in messages if isinstance(one, dict)]
    return [_turn("user", inputs.get("question"))]


def _turn(role: str, content: Json) -> dict[str, Json]:
    return {"role": role, "parts": [{"type": "text", "content": content}]}
