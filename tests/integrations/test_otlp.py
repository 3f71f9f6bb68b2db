"""Payloads of spans become interactions."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction, Wanted
from llmops.integrations.otlp import log_otlp
from llmops.workspace.workspace import Workspace
from tests.support.served import plain as plain


def payload(**attributes: Json) -> dict[str, Json]:
    """An answer of a model as an exporter sends it; `__` in a name stands for a dot."""
    known = {"gen_ai__operation__name": "chat", "gen_ai__prompt": "I am a@example.com", "gen_ai__completion": "Hello"}
    pairs = [
        {"key": key.replace("__", "."), "value": {"stringValue": value}}
        for key, value in {**known, **attributes}.items()
    ]
    raw = {
        "traceId": "a1",
        "spanId": "b1",
        "name": "chat",
        "startTimeUnixNano": "1772366400000000000",
        "endTimeUnixNano": "1772366401000000000",
        "attributes": pairs,
    }
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": [raw]}]}]}


def logged(ws: Workspace) -> list[Interaction]:
    ws.log.flush()
    return list(ws.store.interactions.texts(Wanted()))


def test_an_answer_is_redacted_and_written_down_once(tmp_path: Path) -> None:
    with llmops.open(tmp_path) as ws:
        assert log_otlp(ws, payload(mine="AKIAABCDEFGHIJKLMNOP")) == ["otel-a1-b1"]
        assert log_otlp(ws, payload(mine="AKIAABCDEFGHIJKLMNOP")) == ["otel-a1-b1"]
        (found,) = logged(ws)
        assert (found.inputs, found.output) == ({"question": "I am [EMAIL]"}, "Hello")
        assert (found.usage.latency, found.at.year, found.source) == (1.0, 2026, "log")
        assert found.metadata["trace_id"] == "a1"
        assert "AKIA" not in str(found.metadata["attributes"]["mine"])
        ws.feedback("otel-a1-b1", score=1)


def test_a_named_app_gives_its_digests_and_an_unknown_one_is_refused(plain: Path) -> None:
    with llmops.open(plain) as ws:
        log_otlp(ws, payload(), app="plain@production")
        (found,) = logged(ws)
        assert (found.app, found.version) == ("plain", ws.app("plain@production").refs["app"])
        with pytest.raises(NotFound, match="nobody"):
            log_otlp(ws, payload(), app="nobody@production")


def test_spans_about_something_else_create_no_store(tmp_path: Path) -> None:
    with llmops.open(tmp_path) as ws:
        assert log_otlp(ws, {"resourceSpans": []}) == []
        assert ws.store.is_temporary
