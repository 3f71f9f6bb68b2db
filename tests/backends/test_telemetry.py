"""What an app answers is a span of the caller's trace, where OpenTelemetry is configured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.served import plain as plain

SCRIPT = """
import json, os, sys, llmops
if len(sys.argv) > 1:
    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = sys.argv[1]
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from llmops.integrations.opentelemetry_exporter import InteractionExporter

kept = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
with llmops.open() as ws:
    provider.add_span_processor(SimpleSpanProcessor(InteractionExporter(ws)))
    with trace.get_tracer("mine").start_as_current_span("request"):
        reply = ws.app("plain@production").ask("hi", session="s1")
        list(ws.app("plain@production").stream("again"))
    ws.log.flush()
    from llmops.domain.interaction import Wanted
    logged = [one.id for one in ws.store.interactions.texts(Wanted())]
asked, streamed, request = kept.get_finished_spans()
print(json.dumps({
    "ours": asked.attributes["llmops.interaction"] == reply.id and len(logged) == 2,
    "inside": [one.parent and one.parent.span_id == request.context.span_id for one in (asked, streamed)],
    "name": asked.name, "attributes": dict(asked.attributes), "lasted": asked.end_time > asked.start_time,
}))
"""


def told(root: Path, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=False, cwd=root
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_answers_are_spans_of_the_caller_and_are_written_down_once(plain: Path) -> None:
    """In a process of its own: a provider of spans cannot be replaced once it is set."""
    found = told(plain)
    assert (found["ours"], found["inside"], found["lasted"]) == (True, [True, True], True)
    attributes = found["attributes"]
    assert isinstance(attributes, dict)
    assert (found["name"], attributes["gen_ai.operation.name"]) == ("chat echo", "chat")
    assert (attributes["gen_ai.provider.name"], attributes["gen_ai.conversation.id"]) == ("offline", "s1")
    assert attributes["llmops.refs.app"].startswith("sha256:")
    assert "gen_ai.input.messages" not in attributes
    with_texts = told(plain, "true")["attributes"]
    assert isinstance(with_texts, dict)
    assert json.loads(with_texts["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "hi"}]}
    ]
