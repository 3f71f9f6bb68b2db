"""How many cases `--until-decided` asks, and how often it errs: simulated, against the table of the design.

Paired pass or fail with margin 0.05 and both risks 5 %, by the true difference and the share of discordant cases, without a
cap on cases; and 40 clusters of ten like cases. Thousands of runs are drawn at once: the same bets as
`llmops.measures.sequential`, which a test compares unit by unit, as arrays over the runs that are still open.
"""

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.measures.sequential import ADAPTIVE, CAUTION, FIXED, PRIOR_VARIANCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

MARGIN = 0.05
RISK = 0.05
LONGEST = 60_000  # units; a run that is open then has no end worth waiting for
FIXED_TEST = {0.2: 866, 0.4: 1732}  # cases of the fixed test, 80 % power where there is no true difference

# (discordant, true difference): mean cases of the design's table; at -0.05, the boundary, its share of false passes.
DESIGN = {
    (0.2, -0.2): 52, (0.2, -0.1): 640, (0.2, 0.0): 785, (0.2, 0.05): 176, (0.2, 0.1): 68, (0.2, 0.2): 22,
    (0.4, -0.2): 146, (0.4, -0.1): 1537, (0.4, 0.0): 1566, (0.4, 0.05): 381, (0.4, 0.1): 154, (0.4, 0.2): 48,
}  # fmt: skip
DESIGN_AT_BOUNDARY = {0.2: 0.029, 0.4: 0.030}
DESIGN_BY_CLUSTER = 0.01


class Gamblers:
    """`llmops.measures.sequential.Gambler`, many at once."""

    def __init__(self, runs: int, worst: float, prior: float) -> None:
        import numpy as np

        self.limit = CAUTION / worst
        self.stakes = np.array([share / worst for share, _ in FIXED])[:, None]
        self.fixed = np.repeat(np.array([part for _, part in FIXED])[:, None], runs, axis=1)
        self.adaptive = np.full(runs, ADAPTIVE)
        self.units, self.sums, self.squares = 1, np.full(runs, prior), np.full(runs, PRIOR_VARIANCE)

    def bet(self, gains: "Values") -> "Values":
        """Stake on one unit of every run and return the capitals after it."""
        import numpy as np

        mean, variance = self.sums / self.units, self.squares / self.units
        stake = np.where(mean > 0, np.minimum(self.limit, mean / (variance + mean * mean)), 0.0)
        self.adaptive *= 1 + stake * gains
        self.fixed *= 1 + self.stakes * gains
        self.units += 1
        self.sums += gains
        self.squares += (gains - self.sums / self.units) ** 2
        capitals: Values = self.adaptive + self.fixed.sum(axis=0)
        return capitals

    def keep(self, still_open: "NDArray[np.bool_]") -> None:
        """Forget the runs that have ended."""
        self.adaptive, self.sums, self.squares = (
            values[still_open] for values in (self.adaptive, self.sums, self.squares)
        )
        self.fixed = self.fixed[:, still_open]


@dataclass(frozen=True, slots=True)
class Simulated:
    """What became of many runs: shares that passed and failed, and units on average (open runs count up to the last)."""

    passed: float
    failed: float
    units: float
    runs: int

    @property
    def open(self) -> float:
        """The share that was not decided."""
        return 1 - self.passed - self.failed


def simulate(discordant: float, difference: float, *, runs: int, seed: int, longest: int = LONGEST) -> Simulated:
    """Runs on paired cases that pass or fail, of which `discordant` differ and the candidate wins `difference` more than it
    loses; each stops as soon as either gambler has won."""
    import numpy as np

    draw = np.random.default_rng(seed)
    win, lose = (discordant + difference) / 2, (discordant - difference) / 2
    above, below = Gamblers(runs, 1 - MARGIN, MARGIN), Gamblers(runs, 1 + MARGIN, -MARGIN)
    passed = failed = taken = 0
    count = runs
    for unit in range(1, longest + 1):
        u = draw.random(count)
        gains: Values = np.where(u < win, 1.0, np.where(u < win + lose, -1.0, 0.0)) + MARGIN
        rich = above.bet(gains) >= 1 / RISK
        poor = (below.bet(-gains) >= 1 / RISK) & ~rich
        still_open = ~(rich | poor)
        left = int(still_open.sum())
        if left < count:
            passed, failed, taken = passed + int(rich.sum()), failed + int(poor.sum()), taken + unit * (count - left)
            above.keep(still_open)
            below.keep(still_open)
            count = left
        if not count:
            break
    return Simulated(passed / runs, failed / runs, (taken + longest * count) / runs, runs)


def simulate_clusters(*, runs: int, seed: int, by_case: bool = False) -> float:
    """The share of false passes on the boundary with 40 clusters of ten like cases, 20 % of them discordant."""
    import numpy as np

    signs = np.random.default_rng(seed).choice([1.0, -1.0, 0.0], p=[0.075, 0.125, 0.8], size=(40, runs))
    gains = np.repeat(signs, 10, axis=0) if by_case else signs
    if by_case:
        gains = np.random.default_rng(seed + 1).permuted(gains, axis=0)
    above, below = Gamblers(runs, 1 - MARGIN, MARGIN), Gamblers(runs, 1 + MARGIN, -MARGIN)
    passed, failed = np.zeros(runs, dtype=bool), np.zeros(runs, dtype=bool)
    for row in gains:
        passed |= (above.bet(row + MARGIN) >= 1 / RISK) & ~failed
        failed |= (below.bet(-row - MARGIN) >= 1 / RISK) & ~passed
    return float(passed.mean())


def main(runs: int) -> None:
    """Print the table."""
    print(f"mean cases until decided over {runs:,} runs a cell (in brackets the design's table), share decided wrongly")
    for (discordant, difference), expected in DESIGN.items():
        found = simulate(discordant, difference, runs=runs, seed=round(1000 * (discordant + difference)) + 1)
        wrong = found.passed if difference < -MARGIN else found.failed
        fixed = FIXED_TEST[discordant]
        print(
            f"{discordant:.0%} discordant, difference {difference:+.2f}: {found.units:7.1f} ({expected:5,}) = "
            f"{found.units / expected:.3f} of it, {found.units / fixed:5.1%} of the fixed test's {fixed:,}; wrong {wrong:.2%}"
        )
    for discordant, share in DESIGN_AT_BOUNDARY.items():
        found = simulate(discordant, -MARGIN, runs=runs, seed=5, longest=20_000)
        spread = math.sqrt(RISK * (1 - RISK) / runs)
        print(
            f"{discordant:.0%} discordant, on the boundary, up to 20,000 cases: false pass {found.passed:.2%} "
            f"(design {share:.1%}, allowed {RISK:.0%}), false fail {found.failed:.2%}; standard error {spread:.2%}"
        )
    print(f"40 clusters of ten, on the boundary, by cluster: false pass {simulate_clusters(runs=runs, seed=9):.2%}")
    print(f"the same, case by case: false pass {simulate_clusters(runs=runs, seed=9, by_case=True):.2%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
