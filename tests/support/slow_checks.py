"""Policies with slow checks that a test drives."""

from collections.abc import Callable, Iterable

from llmops.domain.policy import CheckSpec
from llmops.domain.verdict import Finding
from llmops.guard.pipeline import LoadedCheck
from llmops.guard.policy import Policy
from llmops.guard.protocol import Subject


class Slow:
    """Finds what a function finds, and remembers the texts that it was shown."""

    def __init__(self, finds: Callable[[str], Iterable[Finding]]) -> None:
        self.finds = finds
        self.seen: list[str] = []

    async def ainspect(self, subject: Subject) -> Iterable[Finding]:
        self.seen.append(subject.text)
        return self.finds(subject.text)


def with_slow_check(slow: Slow, *, written: tuple[dict[str, object], ...] = ()) -> Policy:
    """A policy whose last output check is a slow one that blocks."""
    policy = Policy.from_mapping({"input": ["secrets"], "output": list(written)})
    spec = CheckSpec(check="slow", name="slow", action="block", on_error="block", timeout_ms=5_000)
    policy.checks = {**policy.checks, "output": (*policy.checks["output"], LoadedCheck(spec, slow=slow))}
    return policy


def whole(text: str, word: str) -> list[Finding]:
    """The whole text, if it has a word."""
    return [Finding(0, len(text), "SAID")] if word in text else []
