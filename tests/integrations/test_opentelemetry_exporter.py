"""The exporter inside a process."""

import logging
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

import llmops
from llmops.domain.interaction import Wanted
from llmops.integrations.opentelemetry_exporter import InteractionExporter


def test_instrumented_answers_are_written_down_when_the_provider_shuts_down(tmp_path: Path) -> None:
    with llmops.open(tmp_path) as ws:
        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(InteractionExporter(ws)))
        tracer = provider.get_tracer("test")
        with tracer.start_as_current_span("rag"):
            with tracer.start_as_current_span("search") as span:
                span.set_attribute("openinference.span.kind", "RETRIEVER")
                span.set_attribute("retrieval.documents.0.document.content", "Code 1 is a failed gate.")
            with tracer.start_as_current_span("chat m") as span:
                span.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.completion": "Code 1."})
        provider.shutdown()
        (found,) = ws.store.interactions.texts(Wanted())
        assert (found.output, [one.text for one in found.contexts]) == ("Code 1.", ["Code 1 is a failed gate."])


def test_what_cannot_be_written_down_breaks_no_request(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with llmops.open(tmp_path) as ws, caplog.at_level(logging.WARNING, "llmops.log"):
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(InteractionExporter(ws, app="nobody@production")))
        with provider.get_tracer("test").start_as_current_span("chat m") as span:
            span.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.completion": "x"})
        assert provider.force_flush()
    assert "spans are not written down" in caplog.text
    assert "nobody" in caplog.text
