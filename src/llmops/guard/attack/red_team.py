"""Attack a policy and say what gets through.

A text counts as **caught** where the policy stops it, where it flags something in the bad stretch, or where every letter and
digit of the stretch is redacted: half a redacted address is still an address. It counts as **through** where it is not
caught; an error that stops the text holds it, and is counted apart. Only what a policy catches when it is written plainly
is tried in disguise. Checks that ask a model, or code of yours, are left out: an attack asks thousands of times.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from llmops.core.errors import InputError
from llmops.domain.verdict import Outcome, Stage
from llmops.guard.attack.disguises import DISGUISES, Disguise, Message, pairs
from llmops.guard.attack.samples import CARRIER, KINDS, Kind, Sample
from llmops.guard.normalise.reading import Reading
from llmops.guard.pipeline import LoadedCheck, run_checks
from llmops.guard.protocol import Subject

if TYPE_CHECKING:
    from llmops.guard.policy import Policy

Fate = Literal["caught", "held", "through"]
BOTH: Final[tuple[Stage, ...]] = ("input", "output")


@dataclass(frozen=True, slots=True)
class Try:
    """One text in one disguise, at one stage: `changed` says whether the disguise altered it, `partly` whether some of the
    bad stretch was redacted, but not all."""

    disguise: str
    sample: Sample
    stage: Stage
    text: str
    fate: Fate
    changed: bool
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Attack:
    """What an attack showed: tries in single disguises and in pairs, what the policy does not catch even plainly, and which
    checks were left out."""

    singles: tuple[Try, ...]
    pairs: tuple[Try, ...]
    missed_plainly: tuple[Sample, ...]
    left_out: tuple[str, ...]

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of text that were tried."""
        return [kind for kind in KINDS if any(one.sample.kind == kind for one in self.singles)]

    def leaks(self, kind: Kind) -> list[str]:
        """The disguises through which a text of a kind gets."""
        return [d.name for d in DISGUISES if any(_is_leak(one, d.name, kind) for one in self.singles)]

    @property
    def worst(self) -> int:
        """The number of disguises that get through, of the kind with the most."""
        return max((len(self.leaks(kind)) for kind in self.kinds), default=0)


def attack(
    policy: "Policy", samples: Sequence[Sample], *, stages: Iterable[Stage] = BOTH, with_pairs: bool = True
) -> Attack:
    """Try every sample in every disguise at each stage where the policy catches it plainly.

    Raises:
        InputError: the policy catches none of them.
    """
    targets = [_Target.of(policy, stage) for stage in stages]
    plainly = [(t, s) for s in samples for t in targets if t.fate(s.message)[0] == "caught"]
    if not plainly:
        raise InputError(
            "this policy catches none of the known-bad texts, even as they stand",
            hint="Give texts that it should catch, one a line: --texts FILE.",
        )
    caught = {sample for _, sample in plainly}
    return Attack(
        tuple(_try(t, s, d.name, (d,)) for d in DISGUISES for t, s in plainly),
        tuple(_try(t, s, f"{a.name}+{b.name}", (a, b)) for a, b in pairs() for t, s in plainly) if with_pairs else (),
        tuple(sample for sample in samples if sample not in caught),
        tuple(dict.fromkeys(c.spec.name for stage in stages for c in policy.checks[stage] if c.slow is not None)),
    )


@dataclass(frozen=True, slots=True)
class _Target:
    """The checks of a stage that can be attacked."""

    stage: Stage
    checks: Sequence[LoadedCheck]
    max_characters: int

    @classmethod
    def of(cls, policy: "Policy", stage: Stage) -> "_Target":
        """Without slow checks, and without those that say something of the carrier alone (its length, its language)."""
        quick = [check for check in policy.checks[stage] if check.slow is None]
        said = cls(stage, quick, policy.spec.max_characters).outcomes("".join(CARRIER))
        kept = [check for check, outcome in zip(quick, said, strict=True) if outcome.action == "allow"]
        return cls(stage, kept, policy.spec.max_characters)

    def outcomes(self, text: str) -> list[Outcome]:
        return run_checks(self.checks, Subject(Reading(text), self.stage), self.max_characters)

    def fate(self, message: Message) -> tuple[Fate, bool]:
        """What becomes of a message, and whether only part of it is redacted."""
        outcomes, (start, end) = self.outcomes(message.text), message.span
        if any(outcome.action == "block" for outcome in outcomes):
            return "caught", False
        found = {o: [f for f in o.findings if f.start < end and f.end > start] for o in outcomes}
        redacted = [(f.start, f.end) for o, mine in found.items() if o.action == "redact" for f in mine]
        if any(mine for o, mine in found.items() if o.action == "flag"):
            return "caught", False
        if redacted and not _shown(message, redacted):
            return "caught", False
        if any(outcome.stops for outcome in outcomes):
            return "held", False
        return "through", bool(redacted)


def _shown(message: Message, redacted: Sequence[tuple[int, int]]) -> str:
    """The letters and digits of the bad stretch that are not redacted."""
    text, (start, end) = message.text, message.span
    return "".join(
        text[at] for at in range(start, end) if _is_seen(text[at]) and not any(a <= at < b for a, b in redacted)
    )


def _is_seen(char: str) -> bool:
    return char.isalnum() or 0xE0020 <= ord(char) <= 0xE007E


def _try(target: _Target, sample: Sample, name: str, disguises: Sequence[Disguise]) -> Try:
    message = sample.message
    for disguise in disguises:
        message = disguise(message)
    fate, partly = target.fate(message)
    return Try(name, sample, target.stage, message.text, fate, message.text != sample.message.text, partly)


def _is_leak(one: Try, disguise: str, kind: Kind) -> bool:
    return one.disguise == disguise and one.sample.kind == kind and one.fate == "through"
