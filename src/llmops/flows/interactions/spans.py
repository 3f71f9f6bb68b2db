"""From spans of OpenTelemetry to what the log keeps: one interaction for each answer of a model.

What was looked up earlier in the same trace are its contexts; a user, a session or a segment that any span of the trace names is
its, too. The id of an interaction follows from the ids of trace and span, so that what is delivered twice is written down once.
Spans that llmops made itself say nothing new and are left out.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import Reply, Usage
from llmops.domain.trace import OWN, Span
from llmops.flows.interactions.dialects import gen_ai, open_inference, traceloop
from llmops.flows.interactions.dialects.attributes import Attributes
from llmops.flows.interactions.dialects.reading import Reading, as_text
from llmops.flows.interactions.entries import Entry

_TRACES: Final = 1_000  # that are remembered, because their spans come in several batches
_LOOKUPS: Final = 20  # of one trace that are remembered
_DIALECTS: Final[tuple[tuple[Callable[[Mapping[str, Json]], bool], Callable[[Span, Attributes], Reading]], ...]] = (
    (open_inference.is_spoken, open_inference.read),
    (traceloop.is_spoken, traceloop.read),
    (gen_ai.is_spoken, gen_ai.read),
)


@dataclass(slots=True)
class _Trace:
    """What the spans of one trace have said so far."""

    found: list[tuple[datetime, tuple[Context, ...]]] = field(default_factory=list)
    user: str = ""
    session: str = ""
    metadata: dict[str, Json] = field(default_factory=dict)


class SpanReader:
    """Makes entries of spans; threads may share it. It remembers what the latest traces looked up, not what they answered."""

    def __init__(self, app: str = "") -> None:
        self._app = app
        self._traces: OrderedDict[str, _Trace] = OrderedDict()
        self._reading = threading.Lock()

    def read(self, spans: Sequence[Span]) -> list[Entry]:
        """The answers among some spans, in the order in which they began."""
        with self._reading:
            answers = []
            for span in sorted(spans, key=lambda span: span.started):
                if OWN in span.attributes:
                    continue
                given = Attributes(span.attributes)
                reading = _read(span, given)
                if reading is None:
                    continue
                self._learn(span, reading)
                if reading.what == "answer":
                    answers.append((span, given, reading))
            return [self._entry(span, given, reading) for span, given, reading in answers]

    def _learn(self, span: Span, reading: Reading) -> None:
        trace = self._traces.setdefault(span.trace_id, _Trace())
        self._traces.move_to_end(span.trace_id)
        if len(self._traces) > _TRACES:
            self._traces.popitem(last=False)
        if reading.what == "retrieval" and reading.contexts:
            trace.found = [*trace.found[1 - _LOOKUPS :], (span.ended, reading.contexts)]
        trace.user, trace.session = trace.user or reading.user, trace.session or reading.session
        trace.metadata = {**reading.metadata, **trace.metadata}

    def _entry(self, span: Span, given: Attributes, reading: Reading) -> Entry:
        trace = self._traces.get(span.trace_id) or _Trace()
        before = [contexts for ended, contexts in trace.found if ended <= span.started]
        asked = as_text(given.get("llmops.app")) or self._app
        refs = {name: as_text(value) for name, value in given.below("llmops.refs.").items()}
        reply = Reply(
            id=f"otel-{span.trace_id}-{span.span_id}",
            text=reading.output,
            # The last of several look-ups is what the model was handed: a reranker comes after a retriever.
            contexts=reading.contexts or (before[-1] if before else ()),
            tool_calls=reading.tool_calls,
            usage=Usage(
                prompt_tokens=reading.prompt_tokens,
                completion_tokens=reading.completion_tokens,
                cost=reading.cost,
                latency=max(0.0, (span.ended - span.started).total_seconds()),
                first_token=reading.first_token,
            ),
            finish_reason="error" if span.error else reading.finish_reason,
            model=reading.model,
            fingerprint=reading.fingerprint,
            refs=refs,
        )
        known: dict[str, Json] = {"trace_id": span.trace_id, "span": span.name}
        service = span.resource.get("service.name")
        if service:
            known["service"] = service
        metadata = {**known, **trace.metadata, **reading.metadata}
        unknown = {**{k: v for k, v in span.resource.items() if k != "service.name"}, **given.rest()}
        if unknown:
            metadata["attributes"] = unknown
        user, session = reading.user or trace.user, reading.session or trace.session
        return Entry(
            "log", asked.partition("@")[0].removeprefix("app/"), span.started, reply, _inputs(reading), user or None,
            session or None, metadata, span.error,
        )  # fmt: skip


def _read(span: Span, given: Attributes) -> Reading | None:
    """What a span says in the first dialect that it speaks; None where it is about something else."""
    for is_spoken, read in _DIALECTS:
        if is_spoken(span.attributes):
            return read(span, given)
    looked_up = any(event.name == "db.query.result" for event in span.events)
    return traceloop.read(span, given) if looked_up else None


def _inputs(reading: Reading) -> dict[str, Json]:
    asked = [one["content"] for one in reading.messages if one["role"] == "user"]
    inputs: dict[str, Json] = {"question": asked[-1]} if asked else {}
    if len(reading.messages) > len(asked[-1:]):
        inputs["messages"] = reading.messages
    return inputs
