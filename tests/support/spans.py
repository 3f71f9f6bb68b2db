"""Spans to read."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from llmops.core.hashing import Json
from llmops.domain.trace import Span, SpanEvent

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def event(name: str, seconds: float = 0.5, **attributes: Json) -> SpanEvent:
    """An event so many seconds after NOW; `__` in a name of an attribute stands for a dot."""
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    return SpanEvent(name=name, at=NOW + timedelta(seconds=seconds), attributes=named)


def span(
    attributes: dict[str, Json],
    *,
    events: Sequence[SpanEvent] = (),
    at: float = 0.0,
    id: str = "b1",  # noqa: A002  # what it is called everywhere
    **fields: Json,
) -> Span:
    """A span of a second that began so many seconds after NOW."""
    began = NOW + timedelta(seconds=at)
    known = {"trace_id": "a1", "span_id": id, "name": "chat m", "started": began, "ended": began + timedelta(seconds=1)}
    return Span.model_validate({**known, "attributes": attributes, "events": tuple(events), **fields})
