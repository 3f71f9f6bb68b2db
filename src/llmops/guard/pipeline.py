"""Runs checks and makes outcomes of what they say, or of what happened to them.

Whatever a check does, raise, hang, return rubbish or take too long, becomes an outcome `error` of that check alone; its
`on_error` says whether the text stops there. Deterministic checks run in the caller's thread: their time grows in proportion
to the text, which is capped, and one that used more processor time than its budget is an error too. Slow checks run together
on the background loop, each under a time-out that ends the waiting, whatever the check goes on doing.
"""

import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from llmops.domain.verdict import Finding, Outcome
from llmops.guard.protocol import Check, Detector, SlowCheck, Subject

if TYPE_CHECKING:
    from llmops.domain.policy import CheckSpec

MAX_FINDINGS: Final = 10_000


@dataclass(frozen=True, slots=True)
class LoadedCheck:
    """A check of a policy, ready to run: one of the three sorts of `guard.protocol`."""

    spec: "CheckSpec"
    detector: Detector | None = None
    check: Check | None = None
    slow: SlowCheck | None = None

    def look(self, subject: Subject) -> Iterable[Finding]:
        """What a check that is not slow finds."""
        if self.detector is not None:
            return self.detector.find(subject.reading)
        assert self.check is not None
        return self.check.inspect(subject)


class Rubbish(TypeError):
    """A check returned what is no finding of the text."""


def run_checks(checks: Sequence[LoadedCheck], subject: Subject, max_characters: int) -> list[Outcome]:
    """What the deterministic checks say, in their order."""
    if len(subject.text) > max_characters:
        reason = f"the text has {len(subject.text):,} characters; the policy looks at {max_characters:,} at most"
        return [failed(loaded.spec, reason, 0.0, 0) for loaded in checks]
    processor = time.thread_time()
    outcomes = []
    for loaded in checks:
        began = time.perf_counter()
        outcome = _run(loaded, subject, began)
        if outcome.seconds * 1_000 > loaded.spec.timeout_ms:
            # The clock also runs while another thread does; only the processor time of this one counts.
            used = time.thread_time() - processor
            if used * 1_000 > loaded.spec.timeout_ms:
                reason = f"it took {outcome.seconds * 1_000:.0f} ms; its budget is {loaded.spec.timeout_ms} ms"
                outcome = failed(loaded.spec, reason, outcome.seconds, len(subject.text))
        outcomes.append(outcome)
    return outcomes


def _run(loaded: LoadedCheck, subject: Subject, began: float) -> Outcome:
    size = len(subject.text)
    try:
        findings = checked(loaded.look(subject), size)
    except Exception as error:  # noqa: BLE001  # wall: what a check raises is an outcome of that check
        return failed(loaded.spec, f"{type(error).__name__}: {error}", time.perf_counter() - began, size)
    return succeeded(loaded.spec, findings, time.perf_counter() - began, size)


async def run_slow_checks(checks: Sequence[LoadedCheck], subject: Subject) -> list[Outcome]:
    """What the slow checks say, all asked at once."""
    import asyncio

    return list(await asyncio.gather(*(_ask(loaded, subject) for loaded in checks)))


async def _ask(loaded: LoadedCheck, subject: Subject) -> Outcome:
    import asyncio

    assert loaded.slow is not None
    spec, size, began = loaded.spec, len(subject.text), time.perf_counter()
    try:
        waiting: Awaitable[Iterable[Finding]] = loaded.slow.ainspect(subject)
        findings = checked(await asyncio.wait_for(waiting, spec.timeout_ms / 1_000), size)
    except TimeoutError:
        reason = f"it gave no answer within its {spec.timeout_ms} ms"
        return failed(spec, reason, time.perf_counter() - began, size)
    except Exception as error:  # noqa: BLE001  # wall: what a check raises is an outcome of that check
        return failed(spec, f"{type(error).__name__}: {error}", time.perf_counter() - began, size)
    return succeeded(spec, findings, time.perf_counter() - began, size)


def checked(found: Iterable[Finding], size: int) -> tuple[Finding, ...]:
    """Findings that lie in a text of that size, each once; Rubbish where they do not."""
    findings = tuple(islice(found, MAX_FINDINGS + 1))
    if not findings:
        return findings
    findings = tuple(dict.fromkeys(findings))
    for finding in findings:
        if not isinstance(finding, Finding):
            raise Rubbish(f"the check returned {finding!r:.80}, which is no Finding")
        if not 0 <= finding.start <= finding.end <= size:
            raise Rubbish(f"the check found {finding.start}-{finding.end} in a text of {size} characters")
    if len(findings) > MAX_FINDINGS:
        raise Rubbish(f"the check found more than {MAX_FINDINGS:,} stretches")
    return findings


def succeeded(spec: "CheckSpec", findings: tuple[Finding, ...], seconds: float, size: int) -> Outcome:
    """The outcome of a check that could tell."""
    if not findings:
        return Outcome(spec.name, "allow", findings, seconds, size)
    notes = "; ".join(dict.fromkeys(finding.note for finding in findings if finding.note))
    return Outcome(spec.name, spec.action, findings, seconds, size, notes[:500], stops=spec.action == "block")


def failed(spec: "CheckSpec", reason: str, seconds: float, size: int) -> Outcome:
    """The outcome of a check that could not tell."""
    return Outcome(spec.name, "error", (), seconds, size, reason[:500], stops=spec.on_error == "block")
