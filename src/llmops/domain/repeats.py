"""What asking each case more than once says: where a score's spread comes from, how often k answers pass, who wavers."""

from typing import Literal

from llmops.domain.noun import Noun

Part = Literal["cases", "answers", "judge"]


class RequiredCases(Noun):
    """How many cases give an interval of this half-width when each is asked `repeats` times."""

    half_width: float
    repeats: int
    cases: int


class Variance(Noun):
    """Variances between cases, between answers to one case, and between a judge's verdicts on one answer.

    A part is None where nothing was repeated that could show it; it is then contained in the one before. `repeats` and
    `draws` are answers a case and verdicts an answer (harmonic means); `design_effect` is how many times larger clusters
    make the variance of the mean.
    """

    case: float
    generation: float | None
    judge: float | None
    repeats: float
    draws: float
    design_effect: float = 1.0
    required: tuple[RequiredCases, ...] = ()

    @property
    def shares(self) -> dict[Part, float]:
        """What each part contributes to the variance of the mean, of 1; empty where nothing varies."""
        parts: dict[Part, float] = {"cases": self.case}
        if self.generation is not None:
            parts["answers"] = self.generation / self.repeats
        if self.judge is not None:
            parts["judge"] = self.judge / (self.repeats * self.draws)
        total = sum(parts.values())
        return {part: value / total for part, value in parts.items()} if total > 0 else {}

    @property
    def dominant(self) -> Part | None:
        """The part that contributes most: what to have more of."""
        shares = self.shares
        return max(shares.items(), key=lambda item: item[1])[0] if shares else None


class PassAt(Noun):
    """The chance that at least one of k answers passes (pass@k), and that all do (pass^k), over cases with k answers."""

    k: int
    some: float
    every: float
    cases: int


class FlakyCase(Noun):
    """A case whose answers disagree: how many passed (None: they do not pass or fail), the lowest and highest score."""

    case_id: str
    answers: int
    passed: int | None
    low: float
    high: float


class RepeatSummary(Noun):
    """One scorer over repeats. `repeated` cases have more than one score; `flaky` of them disagree, and the worst are listed."""

    variance: Variance | None = None
    pass_at: tuple[PassAt, ...] = ()
    repeated: int = 0
    flaky: int = 0
    flakiest: tuple[FlakyCase, ...] = ()
