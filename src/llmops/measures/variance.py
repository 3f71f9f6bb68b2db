"""Where the spread of a mean comes from: the cases, the answers to one case, or the judge of one answer.

One-way random effects, nested once more where a judge was asked several times (`statistics.md`, section 1). The components
add up: with R answers a case and J verdicts an answer, the variance of the mean of n cases is
(case + generation / R + judge / (R J)) / n. What is largest there is what to raise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llmops.measures.quantiles import normal_quantile

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of the score between cases, between answers to one case, and between verdicts on one answer.

    `generation` is None where no case was asked twice: it is then part of `case`. `judge` is None where no answer was
    judged twice: it is then part of `generation` (or of `case`). `repeats` and `draws` are the harmonic means of what there was.
    """

    case: float
    generation: float | None
    judge: float | None
    repeats: float
    draws: float

    def of_case_mean(self, repeats: float | None = None, draws: float | None = None) -> float:
        """The variance of a case's mean with so many repeats, and verdicts on each; by default as many as there were."""
        return math.fsum(self.parts(repeats, draws))

    def parts(self, repeats: float | None = None, draws: float | None = None) -> tuple[float, float, float]:
        """What cases, answers and verdicts contribute to it."""
        r = self.repeats if repeats is None else repeats
        j = self.draws if draws is None else draws
        return self.case, (self.generation or 0.0) / r, (self.judge or 0.0) / (r * j)


def estimate_components(
    cases: Sequence[Sequence[float]], *, judge: float | None = None, draws: float = 1.0
) -> Components | None:
    """Estimate the components from the scores of each case; None from fewer than 2 cases.

    s²_within is the mean of the variances within cases, s²_case the variance of the case means less s²_within / R; the variance
    of verdicts is taken out of s²_within in the same way (Searle, Casella & McCulloch 1992, section 3.6; ANOVA estimates,
    negative ones become 0). Cases with different numbers of scores enter with the mean of 1 / R.

    Args:
        cases: for each case the scores of its answers, at least one.
        judge: the mean variance of the verdicts on one answer, where answers were judged more than once.
        draws: the harmonic mean of the number of verdicts on an answer.
    """
    if len(cases) < 2:
        return None
    spreads = [variance(scores) for scores in cases if len(scores) > 1]
    within = _mean(spreads) if spreads else None
    per_repeat = math.fsum(1 / len(scores) for scores in cases) / len(cases)
    verdicts = (judge or 0.0) / draws
    generation = None if within is None else max(0.0, within - verdicts)
    between = variance([_mean(scores) for scores in cases])
    case = max(0.0, between - ((generation or 0.0) + verdicts) * per_repeat)
    return Components(case, generation, judge, 1 / per_repeat, draws)


def cases_for_half_width(
    components: Components, half_width: float, *, repeats: float, draws: float | None = None, level: float = 0.95
) -> int:
    """Return how many cases give an interval of this half-width: (z / h)² (s²_case + s²_within / R)."""
    z = normal_quantile(0.5 + level / 2)
    return max(2, math.ceil((z / half_width) ** 2 * components.of_case_mean(repeats, draws) - 1e-9))


def cases_for_margin(
    candidate: Components, baseline: Components, paired: float, margin: float, *, repeats: float, alpha: float = 0.05
) -> int:
    """Return how many cases show, with a power of 80 %, that two equal runs differ by less than a margin.

    ((z_{1-alpha} + z_{0.8}) s_d / M)² with s_d² = `paired` + (what the answers of both vary) / R; `paired` is the variance of
    the true differences between cases, as `paired_case_variance` estimates it.
    """
    noise = math.fsum([*candidate.parts(repeats)[1:], *baseline.parts(repeats)[1:]])
    z = normal_quantile(1 - alpha) + normal_quantile(POWER)
    return max(2, math.ceil((z / margin) ** 2 * (paired + noise) - 1e-9))


def paired_case_variance(differences: Sequence[float], candidate: Components, baseline: Components) -> float:
    """Return how much the true differences of two runs vary between cases: their variance less that of the answers."""
    noise = math.fsum([*candidate.parts()[1:], *baseline.parts()[1:]])
    return max(0.0, variance(differences) - noise)


def pass_at_k(passed: int, answers: int, k: int) -> float:
    """Return the chance that at least one of k answers passes, 1 - C(R-x, k) / C(R, k).

    Chen et al. (2021, arXiv:2107.03374), unbiased for independent answers. k must not exceed `answers`.
    """
    _check_k(answers, k)
    return 1.0 - math.comb(answers - passed, k) / math.comb(answers, k)


def pass_every_k(passed: int, answers: int, k: int) -> float:
    """Return the chance that all of k answers pass, C(x, k) / C(R, k), called pass^k (Yao et al. 2024, arXiv:2406.12045)."""
    _check_k(answers, k)
    return math.comb(passed, k) / math.comb(answers, k)


def variance(values: Sequence[float]) -> float:
    """Return the variance of at least two values, with n - 1."""
    mean = _mean(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _check_k(answers: int, k: int) -> None:
    if not 1 <= k <= answers:
        raise ValueError(f"k is {k}; with {answers} answers a case it lies between 1 and {answers}")


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
