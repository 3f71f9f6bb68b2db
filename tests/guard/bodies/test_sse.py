"""Events are the same however their bytes are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.guard.bodies.sse import MAX_EVENT, Event, EventReader

LINES = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=12)
EVENTS = st.lists(st.lists(LINES, min_size=1, max_size=3).map("\n".join).map(Event), max_size=5)


def read(data: bytes, sizes: list[int]) -> list[Event]:
    found: list[Event] = []
    reader, at, turn = EventReader(), 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found += reader.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    return [*found, *reader.feed(b"", final=True)]


@given(EVENTS, st.lists(st.integers(1, 20), min_size=1, max_size=4))
def test_what_is_written_is_read_again_however_it_is_cut(events: list[Event], sizes: list[int]) -> None:
    assert read(b"".join(event.encode() for event in events), sizes) == events


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_counts(ending: str, size: int) -> None:
    text = ending.join(["event: ping", ": a comment", "data: one", "data:two", "id: 7", "", "data: é", ""]) + ending
    assert read(text.encode(), [size]) == [Event("one\ntwo", ("event: ping", "id: 7")), Event("é")]


def test_an_event_without_its_empty_line_counts_at_the_end() -> None:
    assert read(b"data: last", [3]) == [Event("last")]


def test_an_event_without_any_end_is_refused() -> None:
    reader = EventReader()
    assert not [event for _ in range(MAX_EVENT // 1_000) for event in reader.feed(b"x" * 1_000)]
    with pytest.raises(InputError, match=f"longer than {MAX_EVENT:,} characters"):
        list(reader.feed(b"x" * 1_000))
