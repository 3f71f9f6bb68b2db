"""Rate limits: never more than the allowance, in order, without idling."""

import time

from hypothesis import given
from hypothesis import strategies as st

from llmops.backends.limits import BURST_SECONDS, Bucket, RateLimit, shared_limit
from llmops.core.bridge import run_sync


def test_a_burst_then_an_even_pace() -> None:
    bucket = Bucket(per_minute=60)
    waits = [bucket.reserve(1, now=100.0) for _ in range(10)]
    assert waits == [0, 0, 0, 0, 0, 0, 0, 1, 2, 3]


def test_quiet_time_is_not_saved_up() -> None:
    bucket = Bucket(per_minute=60)
    bucket.reserve(1, now=0.0)
    assert [bucket.reserve(1, now=10_000.0) for _ in range(8)] == [0, 0, 0, 0, 0, 0, 0, 1]


def test_a_slow_limit_lets_one_through_at_a_time() -> None:
    bucket = Bucket(per_minute=1)
    assert [bucket.reserve(1, now=0.0) for _ in range(3)] == [0, 54, 114]


def test_correcting_an_estimate_moves_what_follows() -> None:
    bucket = Bucket(per_minute=6000)  # 100 tokens a second
    bucket.reserve(100, now=0.0)
    bucket.correct(1900)
    assert bucket.reserve(100, now=0.0) == 20 - BURST_SECONDS


@given(st.integers(1, 600), st.lists(st.floats(0, 5), min_size=1, max_size=60))
def test_no_window_ever_sees_more_than_rate_and_burst(per_minute: int, gaps: list[float]) -> None:
    bucket, now, starts = Bucket(per_minute), 0.0, []
    for gap in gaps:
        now += gap
        starts.append(now + bucket.reserve(1, now))
    for first in range(len(starts)):
        for last in range(first, len(starts)):
            allowed = (starts[last] - starts[first] + BURST_SECONDS) * per_minute / 60 + 1
            assert last - first + 1 <= allowed + 1e-6


def test_models_of_a_connection_share_one_limit() -> None:
    assert shared_limit("house", "http://a", 5, None) is shared_limit("house", "http://a", 5, None)
    assert shared_limit("house", "http://a", 5, None) is not shared_limit("house", "http://b", 5, None)
    assert shared_limit("house", "http://a", None, None) is None


def test_acquire_waits_for_the_slower_of_both() -> None:
    limit = RateLimit(rpm=60_000, tpm=60_000)  # a token a millisecond; the burst is six seconds

    async def spend() -> float:
        started = time.monotonic()
        await limit.acquire(6_020)
        await limit.acquire(1)
        return time.monotonic() - started

    assert run_sync(spend()) >= 0.02


def test_what_was_not_used_is_given_back() -> None:
    limit = RateLimit(rpm=None, tpm=60)

    async def spend() -> float:
        await limit.acquire(1_000)
        limit.correct(1_000, 1)
        started = time.monotonic()
        await limit.acquire(1)
        return time.monotonic() - started

    assert run_sync(spend()) < 500  # a thousand seconds, were it not given back
