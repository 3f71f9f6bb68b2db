"""Streams that drift are grouped by their cause."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from llmops.domain.artifact import Move
from llmops.flows.alerting.causes import LOOK_BACK, SLACK, find_causes
from tests.support.alerts import a_move, drifting
from tests.support.interactions import BEGAN

HOUR = timedelta(hours=1)


def keys(moves: list[Move], *hours: float) -> list[tuple[str, int]]:
    streams = [drifting(f"s{n}", since=BEGAN + hour * HOUR) for n, hour in enumerate(hours)]
    return [(cause.key, len(cause.streams)) for cause in find_causes(streams, moves)]


def test_streams_after_one_move_are_one_cause() -> None:
    assert keys([a_move(7)], 0.1, 3, 20) == [("move:7", 3)]
    (cause,) = find_causes([drifting(since=BEGAN + HOUR)], [a_move(7)])
    assert cause.ref == "app/docs@production"


def test_the_last_move_before_counts_and_none_of_long_ago_or_approvals() -> None:
    moves = [a_move(7), a_move(8, at=BEGAN + 2 * HOUR), a_move(9, at=BEGAN + 3 * HOUR, action="approve")]
    assert keys(moves, 1, 4) == [("move:7", 1), ("move:8", 1)]
    assert keys([a_move(7)], LOOK_BACK / HOUR + 1) == [("time:2026-03-02T13:00:00Z", 1)]


def test_a_beginning_may_be_estimated_a_little_too_early() -> None:
    assert keys([a_move(7)], -SLACK / HOUR) == [("move:7", 1)]
    assert keys([a_move(7)], -1) == [("time:2026-03-01T11:00:00Z", 1)]


def test_without_a_move_what_began_within_an_hour_is_one_cause() -> None:
    assert keys([], 0, 0.5, 1, 1.2) == [("time:2026-03-01T12:00:00Z", 3), ("time:2026-03-01T13:12:00Z", 1)]


@given(st.lists(st.floats(0, 100), max_size=12), st.lists(st.floats(0, 100), max_size=4))
def test_every_stream_has_one_cause_whatever_its_place(hours: list[float], moved: list[float]) -> None:
    moves = [a_move(n, at=BEGAN + hour * HOUR) for n, hour in enumerate(moved, 1)]
    streams = [drifting(f"s{n}", since=BEGAN + hour * HOUR) for n, hour in enumerate(hours)]
    found = find_causes(streams, moves)
    assert sorted(one.signal for cause in found for one in cause.streams) == sorted(one.signal for one in streams)
    assert find_causes(streams[::-1], moves[::-1]) == found
    assert len({cause.key for cause in found}) == len(found)
