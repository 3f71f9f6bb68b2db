"""What receivers are sent."""

import json
from datetime import UTC, datetime, timedelta, timezone

from llmops.domain.artifact import Actor
from llmops.domain.hook import Event


def test_the_body_is_ascii_json_in_utc() -> None:
    at = datetime(2026, 3, 1, 13, 30, 15, 123456, tzinfo=UTC)
    actor = Actor(name="Zoë", source="git e-mail")
    body = Event(id="evt-1", type="promote", at=at, actor=actor, subject={"reason": "schön\0"}).body()
    assert body.isascii()
    assert json.loads(body) == {
        "format": 1,
        "id": "evt-1",
        "event": "promote",
        "at": "2026-03-01T13:30:15.123Z",
        "actor": {"name": "Zoë", "source": "git e-mail"},
        "subject": {"reason": "schön\0"},
    }


def test_numbers_without_a_json_form_are_null() -> None:
    actor = Actor(name="a", source="b")
    at = datetime(2026, 3, 1, tzinfo=timezone(timedelta(0)))
    event = Event(id="evt-1", type="gate_failed", at=at, actor=actor, subject={"value": float("nan")})
    assert json.loads(event.body(), parse_constant=lambda name: name)["subject"] == {"value": None}
