"""Spans as OpenTelemetry has them, whatever brought them here."""

from datetime import datetime
from typing import Final

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.noun import Noun

OWN: Final = "llmops.interaction"
"""The attribute by which spans of llmops itself are known: what they tell is written down already."""


class SpanEvent(Noun):
    """Something that happened during a span. Attributes are plain JSON values by their dotted names."""

    name: str
    at: datetime
    attributes: dict[str, Json] = Field(default_factory=dict)


class Span(Noun):
    """One operation. `trace_id` and `span_id` are hexadecimal; `error` says what failed, empty where nothing did; `resource` are
    the attributes of the process that made it."""

    trace_id: str
    span_id: str
    parent_id: str = ""
    name: str
    started: datetime
    ended: datetime
    attributes: dict[str, Json] = Field(default_factory=dict)
    events: tuple[SpanEvent, ...] = ()
    error: str = ""
    resource: dict[str, Json] = Field(default_factory=dict)
