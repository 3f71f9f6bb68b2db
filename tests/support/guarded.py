"""What checks say of a text, for tests that look at one check."""

from collections.abc import Sequence

from llmops.core.bridge import run_sync
from llmops.domain.verdict import Finding, Stage
from llmops.guard.normalise.reading import Reading
from llmops.guard.protocol import Called, Check, SlowCheck, Subject


def subject(
    text: str,
    contexts: Sequence[str] = (),
    *,
    system: str = "",
    calls: Sequence[Called] = (),
    stage: Stage = "output",
) -> Subject:
    """A text with what came with it."""
    return Subject(Reading(text), stage, contexts, system, calls, redacted=text)


def noted(check: Check | SlowCheck, given: Subject) -> list[tuple[str, str]]:
    """Types and notes of what a check finds."""
    found = check.inspect(given) if isinstance(check, Check) else run_sync(_awaited(check, given))
    return [(finding.type, finding.note) for finding in found]


async def _awaited(check: SlowCheck, given: Subject) -> list[Finding]:
    return list(await check.ainspect(given))
