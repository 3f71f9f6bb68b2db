"""Whatever a check does, it becomes an outcome of that check, and its `on_error` decides."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from llmops.core.bridge import run_sync
from llmops.domain.policy import CheckSpec, OnError
from llmops.domain.verdict import Finding, Outcome
from llmops.guard.normalise.reading import Reading
from llmops.guard.pipeline import LoadedCheck, run_checks, run_slow_checks
from llmops.guard.protocol import Subject


def spec(on_error: OnError = "block", timeout_ms: int = 200) -> CheckSpec:
    return CheckSpec(check="own", name="own", action="block", on_error=on_error, timeout_ms=timeout_ms)


@dataclass(frozen=True)
class Says:
    """A check that finds what it is told to."""

    found: Iterable[Finding] | Exception

    def inspect(self, subject: Subject) -> Iterable[Finding]:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def ainspect(self, subject: Subject) -> Iterable[Finding]:
        return self.inspect(subject)


def decide(check: Says, on_error: OnError = "block", text: str = "hello", most: int = 100) -> Outcome:
    (outcome,) = run_checks([LoadedCheck(spec(on_error), check=check)], Subject(Reading(text), "input"), most)
    return outcome


def test_a_check_that_raises_is_an_error_that_on_error_decides() -> None:
    outcome = decide(Says(ValueError("no such key")))
    assert (outcome.action, outcome.stops, outcome.reason) == ("error", True, "ValueError: no such key")
    assert not decide(Says(ValueError("no such key")), "allow").stops


@pytest.mark.parametrize(
    "rubbish", [["text"], [None], 7, [Finding(0, 99, "A")], [Finding(3, 1, "A")], [Finding(-1, 1, "A")]]
)
def test_rubbish_is_an_error(rubbish: "list[Finding]") -> None:
    assert decide(Says(rubbish)).action == "error"


def test_findings_beyond_counting_are_an_error() -> None:
    assert "more than 10,000" in decide(Says([Finding(0, 1, f"A{n}") for n in range(10_001)])).reason


def test_a_text_that_is_too_long_is_not_looked_at() -> None:
    outcome = decide(Says([]), text="x" * 101)
    assert outcome.action == "error"
    assert outcome.reason == "the text has 101 characters; the policy looks at 100 at most"
    assert outcome.characters == 0


def test_an_outcome_says_how_long_it_took_and_how_much_it_saw() -> None:
    outcome = decide(Says([]))
    assert outcome.seconds > 0
    assert outcome.characters == 5


def test_a_check_that_computes_for_too_long_is_an_error() -> None:
    @dataclass(frozen=True)
    class Counts:
        def inspect(self, subject: Subject) -> Iterator[Finding]:
            sum(range(2_000_000))
            yield from ()

    loaded = LoadedCheck(spec(timeout_ms=1), check=Counts())
    (outcome,) = run_checks([loaded], Subject(Reading("hello"), "input"), 100)
    assert outcome.action == "error"
    assert "its budget is 1 ms" in outcome.reason


def test_a_slow_check_that_hangs_is_given_up() -> None:

    @dataclass(frozen=True)
    class Hangs:
        async def ainspect(self, subject: Subject) -> Iterable[Finding]:
            import asyncio

            await asyncio.Event().wait()
            return ()

    checks = [LoadedCheck(spec(timeout_ms=5), slow=Hangs()), LoadedCheck(spec(), slow=Says([Finding(0, 5, "A")]))]
    hung, done = run_sync(run_slow_checks(checks, Subject(Reading("hello"), "input")))
    assert (hung.action, hung.reason) == ("error", "it gave no answer within its 5 ms")
    assert done.action == "block"


def test_a_slow_check_that_raises_is_an_error() -> None:
    subject = Subject(Reading("hello"), "input")
    (outcome,) = run_sync(run_slow_checks([LoadedCheck(spec(), slow=Says(OSError("down")))], subject))
    assert (outcome.action, outcome.reason) == ("error", "OSError: down")
