"""Watching: changes are synced, failures are told and tried again."""

from collections.abc import Callable, Iterator

from llmops.core.errors import OutsideError
from llmops.index.reports import Failure, SyncReport
from llmops.index.watching import PATIENCE, Watched, has_news, keep_watch
from tests.support.indexes import Library

NOTHING = SyncReport(index="docs", generation="g")


def watched(outcomes: list[SyncReport | OutsideError], *, every: float = 2.0) -> tuple[list[Watched], list[float]]:
    """What is told, and how long it waits after each."""
    told, waits, coming = list[Watched](), list[float](), iter(outcomes)

    def sync() -> SyncReport:
        outcome = next(coming)
        if isinstance(outcome, OutsideError):
            raise outcome
        return outcome

    def stop(wait: float) -> bool:
        waits.append(wait)
        return len(waits) == len(outcomes)

    keep_watch(sync, every=every, told=told.append, stop=stop)
    return told, waits


def test_only_news_are_told() -> None:
    added = NOTHING.model_copy(update={"added": 1})
    other = NOTHING.model_copy(update={"others": (added,)})
    told, waits = watched([NOTHING, added, NOTHING, other, NOTHING])
    assert [found.report for found in told] == [added, other]
    assert waits == [2.0] * 5
    assert not has_news(NOTHING)


def test_a_problem_that_stays_is_told_once() -> None:
    bad = NOTHING.model_copy(update={"failed": (Failure(key="a", reason="a is no text", kept=True),)})
    told, _ = watched([bad, bad, NOTHING, bad])
    assert [found.report for found in told] == [bad, NOTHING, bad]


def test_failures_are_tried_again_ever_later_and_the_recovery_is_told() -> None:
    away = OutsideError("the disk is away", hint="Mount it.")
    told, waits = watched([away] * 12 + [NOTHING, NOTHING])
    assert waits[:4] == [4.0, 8.0, 16.0, 32.0]
    assert waits[11:] == [PATIENCE, 2.0, 2.0]
    assert [found.again for found in told[:2]] == [4.0, 8.0]
    assert [found.report for found in told[12:]] == [NOTHING]
    assert watched([away, NOTHING], every=1000.0)[1] == [1000.0, 1000.0]


def test_an_index_follows_its_files(library: Library) -> None:
    changes: Iterator[Callable[[], object]] = iter(
        [
            lambda: library.write({"a.md": "two"}),
            lambda: None,
            lambda: (library.root / "docs" / "a.md").unlink(),
        ]
    )
    library.write({"a.md": "one"})
    told = list[Watched]()

    def stop(_: float) -> bool:
        change = next(changes, None)
        if change is not None:
            change()
        return change is None

    keep_watch(library.sync, every=1.0, told=told.append, stop=stop)
    did = [(found.report.added, found.report.updated, found.report.deleted) for found in told if found.report]
    assert did == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
