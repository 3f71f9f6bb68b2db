"""Batches of runs as lines of a file, and back."""

import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import NotFound, StoreError
from llmops.domain.run import RUN_STATUSES, MetricPoint, RunBatch, RunEnding, RunFile
from llmops.tracking.waiting import WaitingRuns, as_line, of_line

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = st.dictionaries(TEXTS, TEXTS, max_size=2)
POINTS = st.lists(
    st.builds(MetricPoint, st.integers(-(2**62), 2**62), st.floats(0, 2e9), st.none() | st.floats(allow_nan=False))
)
ENDINGS = st.builds(RunEnding, st.sampled_from(RUN_STATUSES), st.datetimes(timezones=st.just(UTC)), TEXTS)
BATCHES = st.builds(
    RunBatch,
    TEXTS,
    VALUES,
    VALUES,
    st.dictionaries(TEXTS, POINTS, max_size=2),
    st.lists(st.builds(RunFile, path=TEXTS, digest=TEXTS, size=st.integers(0, 2**40)), max_size=2),
    st.none() | ENDINGS,
)


@given(BATCHES)
def test_a_line_is_read_as_it_was_written(batch: RunBatch) -> None:
    line = as_line(batch)
    assert "\n" not in line
    assert of_line(line.encode()) == batch


def test_infinite_values_are_kept() -> None:
    batch = RunBatch("run-1", points={"loss": [MetricPoint(0, 1.0, math.inf)]}, files=[])
    assert of_line(as_line(batch).encode()) == batch


ENDED = as_line(RunBatch("run-1", ending=RunEnding("finished", datetime.now(UTC), "")))


@pytest.mark.parametrize("line", ["", "{}", "[1]", "3", '{"run":"a","params":{}', ENDED.replace("finished", "lost")])
def test_other_lines_are_none(line: str) -> None:
    with pytest.raises(ValueError, match=r"no batch|no status|Expecting"):
        of_line(line.encode())


def test_what_waits_comes_in_when_the_store_is_back_but_not_to_runs_that_were_deleted(tmp_path: Path) -> None:
    taken, unknown, is_down = list[str](), list[str](), [True]

    def write(batch: RunBatch) -> None:
        if is_down[0]:
            raise StoreError("down")
        if batch.run_id == "run-2":
            raise NotFound("there is no run 'run-2'")
        taken.append(batch.run_id)

    waiting = WaitingRuns(tmp_path / "spool", write, lambda batch: unknown.append(batch.run_id))
    assert (waiting.count(), waiting.bring_in()) == (0, 0)
    assert waiting.keep([RunBatch("run-1"), RunBatch("run-2"), RunBatch("run-3")])
    with pytest.raises(StoreError, match="down"):
        waiting.bring_in()
    assert waiting.count() == 1
    is_down[0] = False
    assert waiting.bring_in() == 2
    assert (taken, unknown, waiting.count()) == (["run-1", "run-3"], ["run-2"], 0)
