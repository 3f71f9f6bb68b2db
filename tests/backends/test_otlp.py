"""Payloads of exporters: JSON and protobuf, as OpenTelemetry's own encoder writes them, and what is none."""

import gzip
import json
from collections.abc import Sequence
from typing import Final

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

from llmops.backends import otlp
from llmops.backends.otlp import from_sdk, read_otlp
from llmops.core.errors import InputError
from llmops.core.hashing import Json

MAPPED: Final = ("traceId", "spanId", "parentSpanId")


def recorded() -> Sequence[ReadableSpan]:
    """Two spans of OpenTelemetry's SDK, one inside the other and failed."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner") as span:
        span.set_attributes({"a": "x", "n": 3, "f": 0.5, "b": True, "list": ["p", "q"], "odd": float("nan")})
        span.add_event("gen_ai.choice", {"content": "hi"})
        span.record_exception(ValueError("no such model"))
        span.set_status(Status(StatusCode.ERROR))
    return kept.get_finished_spans()


def as_json(spans: Sequence[ReadableSpan]) -> dict[str, Json]:
    """OTLP's JSON, which writes ids as hexadecimal digits where protobuf's own JSON has base64."""
    payload: dict[str, Json] = MessageToDict(encode_spans(spans))
    for group in payload["resourceSpans"]:
        for raw, made in zip(group["scopeSpans"][0]["spans"], spans, strict=True):
            context = made.get_span_context()
            assert context is not None
            raw["traceId"], raw["spanId"] = f"{context.trace_id:032x}", f"{context.span_id:016x}"
            if made.parent:
                raw["parentSpanId"] = f"{made.parent.span_id:016x}"
    return payload


def test_every_way_of_sending_spans_gives_the_same_spans() -> None:
    spans = recorded()
    made = [from_sdk(span) for span in spans]
    inner, outer = made
    assert (inner.parent_id, inner.trace_id, inner.error) == (outer.span_id, outer.trace_id, "no such model")
    assert inner.attributes == {"a": "x", "n": 3, "f": 0.5, "b": True, "list": ["p", "q"], "odd": "nan"}
    assert (inner.events[0].name, inner.events[0].attributes) == ("gen_ai.choice", {"content": "hi"})
    assert (outer.error, outer.resource) == ("", {"service.name": "shop"})
    message = encode_spans(spans).SerializeToString()
    parsed = as_json(spans)
    text = json.dumps(parsed)
    for payload in (message, gzip.compress(message), parsed, text, text.encode(), gzip.compress(text.encode())):
        assert read_otlp(payload) == made


def test_maps_bytes_and_nothing_are_values_too() -> None:
    value = {"kvlistValue": {"values": [{"key": "k", "value": {"arrayValue": {"values": [{"intValue": "1"}, {}]}}}]}}
    raw = {"traceId": "A1", "spanId": "B1", "startTimeUnixNano": "1", "attributes": [{"key": "m", "value": value}]}
    (span,) = read_otlp({"resourceSpans": [{"scopeSpans": [{"spans": [raw]}]}]})
    assert (span.trace_id, span.attributes, span.ended) == ("a1", {"m": {"k": [1, None]}}, span.started)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("{broken", "this is no OTLP: Expecting"),
        ("{}", "it has no resourceSpans"),
        ({"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "x"}]}]}]}, "KeyError: 'traceId'"),
        ({"resourceSpans": 3}, "TypeError"),
        (b"\xff\xff\xff", "neither JSON nor protobuf"),
        (b"\x1f\x8bnot gzip", "this is no gzip"),
    ],
)
def test_what_is_no_payload_says_so(payload: bytes | str | dict[str, Json], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_otlp(payload)
    assert "/v1/traces" in caught.value.hint


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp, "MAX_BYTES", 1 << 20)
    for payload in (gzip.compress(b"{" + b" " * (4 << 20)), b"{" * (2 << 20)):
        with pytest.raises(InputError, match="more than 1 MB is not read") as caught:
            read_otlp(payload)
        assert "smaller batches" in caught.value.hint
