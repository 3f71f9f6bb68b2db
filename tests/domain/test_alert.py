"""Alerts say what drifted, what is promised, and what to type."""

import pytest

from llmops.domain.alert import last_event, stream_of
from tests.support.alerts import SeenStatus, an_alert, drifting
from tests.support.interactions import BEGAN


def test_a_title_names_what_drifted_and_what_it_follows() -> None:
    streams = tuple(drifting(name) for name in ("latency", "length", "refusal", "tokens"))
    assert an_alert(streams=streams).title == "docs: latency, length, refusal and 1 more drifted"
    after = an_alert(ref="app/docs@production", move=3)
    assert after.title == "docs: latency drifted after app/docs@production moved"


@pytest.mark.parametrize(
    ("promise", "threshold", "words"),
    [
        ("arl", 100_000, "without a change it says so about once in 100,000 interactions or less often"),
        ("pfa", 100, "the chance that it ever says so without a change is at most 0.01"),
    ],
)
def test_promises_are_said_in_words(promise: str, threshold: float, words: str) -> None:
    assert drifting(promise=promise, threshold=threshold).words == words


def test_commands_fit_the_state() -> None:
    alert = an_alert(ref="app/docs@production", move=3)
    assert alert.commands == [
        'llmops rollback app/docs@production --reason "alr-1"',
        "llmops log list --alert alr-1",
        "llmops log export --alert alr-1 --cases evals/data/alr-1.jsonl",
        'llmops alerts ack alr-1 --reason "…"',
    ]
    closed = alert.model_copy(update={"state": "closed"})
    assert [command.split()[1] for command in closed.commands] == ["log", "log"]


def test_json_has_the_words_too() -> None:
    told = an_alert().as_json()
    assert told["streams"][0]["words"].startswith("without a change")
    assert told["commands"][0] == "llmops log list --alert alr-1"


def test_a_status_becomes_a_stream() -> None:
    stream = stream_of(SeenStatus(segment="metadata.lang=de", since=None), BEGAN)
    assert (stream.name, stream.since, stream.drifting) == ("latency [metadata.lang=de]", BEGAN, True)
    assert not stream_of(SeenStatus(state="ok"), BEGAN).drifting


def test_the_last_event_of_a_kind_is_found() -> None:
    event = last_event(an_alert(), ("opened",))
    assert event is not None
    assert event.actor.name == "monitor docs"
    assert last_event(an_alert(), ("closed",)) is None
