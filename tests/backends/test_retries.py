"""Retries: bounded, jittered, polite."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.backends.retries import Failure, Retries, persist, retry_after
from llmops.core.bridge import run_sync
from llmops.core.errors import ModelError


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def read(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def failing(*outcomes: Failure | str) -> Callable[[], Awaitable[str | Failure]]:
    remaining = list(outcomes)

    async def attempt() -> str | Failure:
        return remaining.pop(0)

    return attempt


def persisting(clock: Clock, retries: Retries, *outcomes: Failure | str, share: float = 0.5) -> str:
    return run_sync(persist(failing(*outcomes), retries, clock=clock.read, sleep=clock.sleep, draw=lambda: share))


BUSY = Failure(ModelError("busy", status=503), again=True)


def test_waits_are_drawn_from_a_doubling_range() -> None:
    clock = Clock()
    assert persisting(clock, Retries(first=1.0), BUSY, BUSY, BUSY, "done") == "done"
    assert clock.waits == [0.5, 1.0, 2.0]


def test_gives_up_after_so_many_attempts_and_says_how_many() -> None:
    with pytest.raises(ModelError, match=r"busy \(after 3 attempts\)") as caught:
        persisting(Clock(), Retries(attempts=3), BUSY, BUSY, BUSY, "never")
    assert caught.value.status == 503


def test_what_cannot_get_better_is_tried_once() -> None:
    clock = Clock()
    with pytest.raises(ModelError, match=r"^wrong key$"):
        persisting(clock, Retries(), Failure(ModelError("wrong key"), again=False), "never")
    assert clock.waits == []


def test_the_server_says_how_long_to_wait() -> None:
    clock = Clock()
    limited = Failure(ModelError("slow down", retry_after=7.0), again=True)
    persisting(clock, Retries(first=1.0), limited, "done")
    assert clock.waits == [7.5]


def test_a_wait_longer_than_the_time_there_is_ends_it_at_once() -> None:
    clock = Clock()
    limited = Failure(ModelError("slow down", retry_after=3600.0), again=True)
    with pytest.raises(ModelError, match="slow down") as caught:
        persisting(clock, Retries(total=120), limited, "never")
    assert clock.waits == []
    assert caught.value.retry_after == 3600


@given(st.integers(1, 40), st.floats(0, 0.999))
def test_waits_never_exceed_the_longest(failed: int, share: float) -> None:
    assert 0 <= Retries(longest=20).wait(failed, None, share) <= 20


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "0.25"}, 0.25),
        ({"Retry-After": "Wed, 01 Jan 2025 00:00:09 GMT"}, 9.0),
        ({"Retry-After": "Tue, 31 Dec 2024 23:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "inf"}, None),
        ({}, None),
    ],
)
def test_reads_seconds_and_dates(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers, datetime(2025, 1, 1, tzinfo=UTC)) == expected
