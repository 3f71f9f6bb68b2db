"""Reads what OpenTelemetry's exporters send (OTLP), as JSON or protobuf, compressed or not."""

import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from llmops.core.errors import InputError
from llmops.core.extras import require
from llmops.core.hashing import Json
from llmops.domain.trace import Span, SpanEvent

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.sdk.trace import ReadableSpan

MAX_BYTES: Final = 64 << 20
"""Of one payload, unpacked."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_GZIP: Final = b"\x1f\x8b"
_ERROR: Final = (2, "2", "STATUS_CODE_ERROR")
_HINT: Final = "Send what an OTLP exporter sends to /v1/traces: JSON, or protobuf."


def read_otlp(payload: bytes | str | Mapping[str, Json]) -> list[Span]:
    """The spans of a payload (`ExportTraceServiceRequest`): JSON as bytes, text or parsed, or protobuf; gzip is unpacked.

    Raises:
        InputError: it is none, or larger than 64 MB.
        ExtraMissing: it is protobuf, and `opentelemetry-proto` is not installed.
    """
    if isinstance(payload, Mapping):
        return list(_from_json(payload))
    data = payload.encode() if isinstance(payload, str) else payload
    if data.startswith(_GZIP):
        data = _unpacked(data)
    if len(data) > MAX_BYTES:
        raise _too_large()
    if data.lstrip()[:1] != b"{":
        return list(_from_protobuf(data))
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no OTLP: {error}", hint=_HINT) from error
    return list(_from_json(parsed))


def from_sdk(span: "ReadableSpan") -> Span:
    """A span of OpenTelemetry's SDK, as an exporter in the process gets it."""
    context, status = span.get_span_context(), span.status
    events = tuple(
        SpanEvent(name=event.name, at=_moment(event.timestamp), attributes=_listed(event.attributes))
        for event in span.events
    )
    failed = status.status_code.name == "ERROR"
    started = span.start_time or 0
    return Span(
        trace_id=f"{context.trace_id:032x}" if context else "",
        span_id=f"{context.span_id:016x}" if context else "",
        parent_id=f"{span.parent.span_id:016x}" if span.parent else "",
        name=span.name,
        started=_moment(started),
        ended=_moment(span.end_time or started),
        attributes=_listed(span.attributes),
        events=events,
        error=_error(events, status.description or "") if failed else "",
        resource=_listed(span.resource.attributes),
    )


def _unpacked(data: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=31)
    try:
        plain = unpack.decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise InputError(f"this is no gzip: {error}", hint=_HINT) from error
    if unpack.unconsumed_tail:
        raise _too_large()
    return plain


def _too_large() -> InputError:
    return InputError(
        f"a payload of more than {MAX_BYTES >> 20} MB is not read", hint="Let the exporter send smaller batches."
    )


def _from_json(payload: Mapping[str, Json]) -> Iterator[Span]:
    try:
        for group in payload.get("resourceSpans") or ():
            resource = _json_map((group.get("resource") or {}).get("attributes"))
            for scope in group.get("scopeSpans") or group.get("instrumentationLibrarySpans") or ():
                for raw in scope.get("spans") or ():
                    yield _json_span(raw, resource)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InputError(f"this is no OTLP: {type(error).__name__}: {error}", hint=_HINT) from error
    if "resourceSpans" not in payload:
        raise InputError("this is no OTLP: it has no resourceSpans", hint=_HINT)


def _json_span(raw: Mapping[str, Json], resource: dict[str, Json]) -> Span:
    status = raw.get("status") or {}
    events = tuple(
        SpanEvent(
            name=str(event.get("name", "")),
            at=_moment(event.get("timeUnixNano", 0)),
            attributes=_json_map(event.get("attributes")),
        )
        for event in raw.get("events") or ()
    )
    return Span(
        trace_id=str(raw["traceId"]).lower(),
        span_id=str(raw["spanId"]).lower(),
        parent_id=str(raw.get("parentSpanId") or "").lower(),
        name=str(raw.get("name", "")),
        started=_moment(raw["startTimeUnixNano"]),
        ended=_moment(raw.get("endTimeUnixNano") or raw["startTimeUnixNano"]),
        attributes=_json_map(raw.get("attributes")),
        events=events,
        error=_error(events, str(status.get("message") or "")) if status.get("code") in _ERROR else "",
        resource=resource,
    )


def _json_map(pairs: Json) -> dict[str, Json]:
    return {str(pair["key"]): _json_value(pair.get("value") or {}) for pair in pairs or ()}


def _json_value(value: Mapping[str, Json]) -> Json:
    for kind, given in value.items():
        if kind == "intValue":
            return int(given)
        if kind == "doubleValue":
            return _finite(float(given))
        if kind == "arrayValue":
            return [_json_value(item) for item in given.get("values") or ()]
        if kind == "kvlistValue":
            return _json_map(given.get("values"))
        return given
    return None


def _from_protobuf(data: bytes) -> Iterator[Span]:
    require("opentelemetry.proto", "otel", needed_for="OTLP in protobuf")
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    try:
        request = ExportTraceServiceRequest.FromString(data)
    except DecodeError as error:
        raise InputError(f"this is neither JSON nor protobuf of OTLP: {error}", hint=_HINT) from error
    for group in request.resource_spans:
        resource = _map(group.resource.attributes)
        for scope in group.scope_spans:
            for raw in scope.spans:
                events = tuple(
                    SpanEvent(name=e.name, at=_moment(e.time_unix_nano), attributes=_map(e.attributes))
                    for e in raw.events
                )
                yield Span(
                    trace_id=raw.trace_id.hex(),
                    span_id=raw.span_id.hex(),
                    parent_id=raw.parent_span_id.hex(),
                    name=raw.name,
                    started=_moment(raw.start_time_unix_nano),
                    ended=_moment(raw.end_time_unix_nano or raw.start_time_unix_nano),
                    attributes=_map(raw.attributes),
                    events=events,
                    error=_error(events, raw.status.message) if raw.status.code in _ERROR else "",
                    resource=resource,
                )


def _map(pairs: "Iterable[KeyValue]") -> dict[str, Json]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: "AnyValue") -> Json:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _map(value.kvlist_value.values)
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return _finite(getattr(value, kind))


def _listed(attributes: Mapping[str, object] | None) -> dict[str, Json]:
    return {
        str(key): [_finite(item) for item in value] if isinstance(value, tuple) else _finite(value)
        for key, value in (attributes or {}).items()
    }


def _finite(value: Json) -> Json:
    """The value; a number that JSON does not know as a word."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _moment(nanoseconds: Json) -> datetime:
    return _EPOCH + timedelta(microseconds=int(nanoseconds) // 1000)


def _error(events: "tuple[SpanEvent, ...]", said: str) -> str:
    """What failed: what the status says, or the exception that was recorded."""
    raised = next((event for event in events if event.name == "exception"), None)
    told = raised.attributes if raised else {}
    return said or str(told.get("exception.message") or told.get("exception.type") or "the span failed")
