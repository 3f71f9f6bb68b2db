"""Tells an answer that failed from a target that answers nothing any more.

A model server that is restarted, or a provider that is down, fails every question of a run within seconds; ten thousand
errors would be stored that say nothing about the target. So failures of the outside world are held back while they come one
after another. If an answer comes through soon, they were failures of single answers, and are kept as such. Once as many have
failed in a row as are asked at once, the target is taken to be down: one question at a time finds out whether it is back,
after pauses that grow, and when it is, what was held back is asked for again, once. After `patience` without an answer the run
ends, with all that was answered before it.
"""

import time
from collections.abc import Callable
from typing import Final

from llmops.core.errors import LlmopsError, ModelError, OutsideError
from llmops.evals.course import Job, JobKey
from llmops.evals.executor import Done
from llmops.presentation.figures import count, seconds

GIVE_UP_AFTER: Final = 5  # answers that all failed with an error of ours: the next ten thousand would fail too
FIRST_PAUSE: Final = 0.5  # seconds; each is twice the one before
LONGEST_PAUSE: Final = 15.0
_REFUSES_ALL: Final = frozenset({401, 402, 403, 404, 408, 425, 429})  # HTTP; others below 500 are about one request


class Outage:
    """What has failed since the last answer.

    Args:
        left: how many jobs the run has; fewer than `GIVE_UP_AFTER` end it sooner.
        at_once: how many are asked at once.
        patience: seconds without an answer after which the run ends.
        clock: seconds.
    """

    def __init__(
        self, left: int, at_once: int, patience: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.asked_again = 0
        self._enough = min(GIVE_UP_AFTER, left)
        self._in_a_row = max(GIVE_UP_AFTER, at_once)
        self._patience = patience
        self._clock = clock
        self._last_answer = clock()
        self._has_answered = False
        self._failed = 0
        self._probes = 0
        self._held: list[tuple[Job, Done]] = []
        self._second_chance: set[JobKey] = set()

    @property
    def is_on(self) -> bool:
        """Whether the target is taken to be down, so that one question at a time is enough."""
        return self._has_answered and self._failed >= self._in_a_row

    def pause(self) -> float:
        """Seconds to wait before the next question while it is down."""
        self._probes += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self._probes - 1))

    def take(self, job: Job, done: Done) -> tuple[list[Done], list[Job]]:
        """Take what came of a job; returns what is to be kept now, and what is to be asked again.

        Raises:
            LlmopsError: nothing has answered from the start, or for too long.
        """
        if done.failure is None:
            return self._answered(done)
        if self._has_answered and not _may_be_down(done.failure):
            return self._answered(done) if isinstance(done.failure, OutsideError) else ([done], [])
        self._failed += 1
        silence = self._clock() - self._last_answer
        if not self._has_answered and self._failed >= self._enough:
            raise _ending(done.failure, f"the first {count(self._failed, 'answer')} all failed")
        if self.is_on and silence >= self._patience:
            raise _ending(done.failure, f"no answer came for {seconds(silence)}, {self._failed:,} in a row failed")
        if not isinstance(done.failure, OutsideError):
            return [done], []
        self._held.append((job, done))
        return [], []

    def next_held(self) -> Job | None:
        """A job that was held back, to ask with while it is down and there are no others."""
        if not (self.is_on and self._held):
            return None
        return self._held.pop(0)[0]

    def left(self) -> list[Done]:
        """What is still held back when there is nothing more to ask: failures of single answers."""
        held, self._held = self._held, []
        return [done for _, done in held]

    def _answered(self, done: Done) -> tuple[list[Done], list[Job]]:
        was_on, held = self.is_on, self._held
        self._held, self._failed, self._probes = [], 0, 0
        self._last_answer, self._has_answered = self._clock(), True
        if not was_on:
            return [*(failed for _, failed in held), done], []
        again = [job for job, _ in held if job.key not in self._second_chance]
        kept = [failed for job, failed in held if job.key in self._second_chance]
        self._second_chance.update(job.key for job in again)
        self.asked_again += len(again)
        return [*kept, done], again


def _may_be_down(failure: LlmopsError) -> bool:
    """Whether a failure may be that of the whole target. One that refuses a request for what it holds is there."""
    status = failure.status if isinstance(failure, ModelError) else None
    refuses_all = status is None or status in _REFUSES_ALL or status >= 500
    return isinstance(failure, OutsideError) and refuses_all


def _ending(failure: LlmopsError, why: str) -> LlmopsError:
    failure.hint = f"{failure.hint}\nThe run stopped: {why}.".strip()
    return failure
