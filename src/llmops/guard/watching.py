"""Slow checks beside a stream: they look at what has been written so far, and can stop it, but not un-send it."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from llmops.core.bridge import start
from llmops.domain.verdict import Outcome, Stage
from llmops.guard.decisions import redact
from llmops.guard.normalise.reading import Reading
from llmops.guard.pipeline import LoadedCheck, run_checks, run_slow_checks
from llmops.guard.protocol import Subject

if TYPE_CHECKING:
    from llmops.guard.policy import Policy
    from llmops.guard.streaming import TextStream

EVERY: Final = 400  # characters of new text that are worth another look


@dataclass(slots=True)
class Watch:
    """Has slow checks look at a growing text, one look at a time, in the background.

    Args:
        policy: whose slow checks.
        contexts: what the text should rest on.
        system: the system prompt.
        question: what it answers.
        stage: of the policy.
    """

    policy: "Policy"
    contexts: Sequence[str] = ()
    system: str = ""
    stage: Stage = "output"
    question: str = ""
    _seen: int = 0
    _look: Future[list[Outcome]] | None = field(default=None, repr=False)

    @property
    def checks(self) -> list[LoadedCheck]:
        """The slow checks of the stage."""
        return [loaded for loaded in self.policy.checks[self.stage] if loaded.slow is not None]

    @property
    def is_looking(self) -> bool:
        """Whether a look is under way."""
        return self._look is not None and not self._look.done()

    def follow(self, stream: "TextStream") -> None:
        """Look at a stream if it is time, and stop it if a look that has ended says so."""
        if stream.stopped is not None or (self._look is None and stream.size - self._seen < EVERY):
            return
        if self._look is None or self._look.done():
            stream.stopped = self.see(stream.text)

    def see(self, text: str) -> Outcome | None:
        """Look at the text so far if it is time; what stopped it in a look that has ended, else None."""
        found = self._result()
        if found is None and self._look is None and len(text) - self._seen >= EVERY and self.checks:
            self._seen = len(text)
            quick = [loaded for loaded in self.policy.checks[self.stage] if loaded.spec.action == "redact"]
            subject = Subject(Reading(text), self.stage, tuple(self.contexts), self.system, question=self.question)
            redacted = redact(text, run_checks(quick, subject, self.policy.spec.max_characters))
            subject = replace(subject, redacted=redacted)
            self._look = start(run_slow_checks(self.checks, subject))
        return found

    def close(self) -> None:
        """Stop looking."""
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _result(self) -> Outcome | None:
        if self._look is None or not self._look.done():
            return None
        look, self._look = self._look, None
        return next((outcome for outcome in look.result() if outcome.stops), None)
