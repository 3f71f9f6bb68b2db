"""The buffer of a run: out comes what went in, in order, in batches."""

import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.domain.run import MetricPoint, RunEnding
from llmops.tracking import buffer as buffers
from llmops.tracking.buffer import RunBuffer
from tests.support.examples import NOW

LOGGED = st.lists(st.tuples(st.sampled_from("abc"), st.integers(-(2**62), 2**62), st.floats(0, 2e9), st.floats()))


def points_of(buffer: RunBuffer) -> list[MetricPoint]:
    batch = buffer.take()
    return list(batch.points["loss"]) if batch is not None else []


@given(LOGGED, st.integers(1, 5), st.sets(st.integers(0, 9)))
def test_points_come_out_as_they_went_in_also_those_that_were_put_back(
    logged: list[tuple[str, int, float, float]], batch_points: int, refused: set[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffers, "BATCH_POINTS", batch_points)
        buffer, taken, turn = RunBuffer("run-1"), dict[str, list[MetricPoint]](), 0
        for point in logged:
            buffer.add_point(*point)
        ending = RunEnding("finished", NOW, "me")
        buffer.end(ending)
        while (batch := buffer.take()) is not None:
            turn += 1
            if turn in refused:
                buffer.put_back(batch)
                continue
            for key, points in batch.points.items():
                taken.setdefault(key, []).extend(points)
            assert (batch.ending == ending) == (len(buffer) == 0)
    expected: dict[str, list[MetricPoint]] = {}
    for key, step, at, value in logged:
        expected.setdefault(key, []).append(MetricPoint(step, at, None if math.isnan(value) else value))
    assert taken == expected


def test_it_is_bounded_and_counts_what_it_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers, "MOST_POINTS", 3)
    buffer = RunBuffer("run-1")
    for step in range(5):
        buffer.add_point("loss", step, 0.0, 0.0)
    assert [point.step for point in points_of(buffer)] == [0, 1, 2]
    assert buffer.dropped == 2


def test_threads_that_log_while_another_takes_out_lose_nothing() -> None:
    buffer, steps, ended = RunBuffer("run-1"), list[int](), threading.Event()

    def log(first: int) -> None:
        for step in range(first, first + 5000):
            buffer.add_point("loss", step, 0.0, 0.0)

    def take() -> None:
        while not ended.is_set():
            steps.extend(point.step for point in points_of(buffer))

    taker = threading.Thread(target=take)
    threads = [threading.Thread(target=log, args=(start,)) for start in range(0, 20_000, 5000)]
    for thread in (taker, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    ended.set()
    taker.join()
    while left := points_of(buffer):  # a batch at a time
        steps.extend(point.step for point in left)
    assert sorted(steps) == list(range(20_000))
