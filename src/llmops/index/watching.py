"""Keep an index in step while its sources change: look, sync if there is anything to do, wait, look again.

A look costs what a sync costs that finds nothing new, so nothing has to be told of changes by the operating system, and sources
that cannot tell are watched like files. What fails is tried again, at first soon, then ever later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from llmops.core.errors import LlmopsError
from llmops.index.reports import SyncReport

PATIENCE: Final = 300.0
"""Seconds between two attempts, at most, while syncs fail."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of a look: a sync that had something to do, or why it failed and in how many seconds it is tried again."""

    report: SyncReport | None = None
    error: LlmopsError | None = None
    again: float = 0.0


def keep_watch(
    sync: Callable[[], SyncReport], *, every: float, told: Callable[[Watched], None], stop: Callable[[float], bool]
) -> None:
    """Sync until it is stopped; see `IndexHandle.watch`."""
    failures, problems = 0, list[str]()
    while True:
        wait = every
        try:
            report = sync()
        except LlmopsError as error:
            failures += 1
            wait = max(every, min(PATIENCE, every * 2.0**failures))
            told(Watched(error=error, again=wait))
        else:
            # A problem that is as it was, such as a file that cannot be read, is told once.
            if has_news(report) or failures or report.problems != problems:
                told(Watched(report))
            failures, problems = 0, report.problems
        if stop(wait):
            return


def has_news(report: SyncReport) -> bool:
    """Tell whether a sync had anything to do, in any generation."""
    did = report.added + report.updated + report.touched + report.deleted + report.upserted + report.removed
    return bool(did or report.reason or report.rebuilt or report.retired) or any(map(has_news, report.others))
