"""A claim that is bet on: its duel, the path of the capitals, and what the units so far have shown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmops.domain.betting import Wager
from llmops.domain.report import Outcome
from llmops.evals.betting.claims import Claim
from llmops.measures.sequential import Duel

MOST_POINTS = 120  # of a path; when it is full every second point goes


@dataclass(frozen=True, slots=True)
class Reading:
    """What one case says about a claim: its mean value over repeats (None: the claim does not apply), the mean of its partner
    (None: it has no score there), and how many of its scores are missing, of how many."""

    value: float | None
    partner: float | None = None
    missing: int = 0
    applicable: int = 0


class Bet:
    """One claim and how it fares.

    Args:
        claim: the claim.
        largest: the number of cases of the largest cluster, which weighs a whole bet.
        max_missing: the share of missing scores (and of cases without a partner) above which nothing is decided.
    """

    def __init__(self, claim: Claim, *, largest: int, max_missing: float) -> None:
        self.claim = claim
        self.cases = 0
        self.unpaired = 0
        self.missing = 0
        self.applicable = 0
        self.is_stuck = False
        self._largest, self._max_missing = largest, max_missing
        self._duel = Duel(claim.span, alpha=claim.risks[0], beta=claim.risks[1], prior=claim.prior)
        self._sum = 0.0
        self._path: list[tuple[int, float, float]] = []
        self._stride = 1

    def take(self, readings: Sequence[Reading]) -> None:
        """Bet on one unit: the readings of its cases."""
        if self.is_stuck:
            return
        gains = []
        for reading in readings:
            self.missing += reading.missing
            self.applicable += reading.applicable
            if reading.value is None:
                continue
            if self.claim.against is not None and reading.partner is None:
                self.unpaired += 1
                continue
            measured = reading.value - (reading.partner or 0.0)
            self.cases += 1
            self._sum += measured
            gains.append(measured + self.claim.offset)
        if self._duel.outcome == "unknown":
            self._duel.bet(math.fsum(gains) / self._largest)
            self._remember()

    def give_up(self) -> None:
        """Stop here: the baseline has no answer to the next unit and nobody will ask it."""
        self.is_stuck = True

    @property
    def outcome(self) -> Outcome:
        """Which side has won; unknown also where too many scores are missing for the win to count."""
        return "unknown" if self.is_spoilt else self._duel.outcome

    @property
    def is_spoilt(self) -> bool:
        """Whether more scores are missing, or cases without a partner, than is tolerated."""
        total = self.cases + self.unpaired
        unpaired = self.unpaired / total if total else 0.0
        return self.missing_share > self._max_missing or unpaired > self._max_missing

    @property
    def missing_share(self) -> float:
        """Missing scores as a share of those that apply."""
        return self.missing / self.applicable if self.applicable else 0.0

    @property
    def units(self) -> int:
        """How many units the capitals were staked on."""
        return self._duel.units

    @property
    def mean(self) -> float | None:
        """The mean, or mean difference, of the cases so far, in the scorer's own terms."""
        return self.claim.unscale(self._sum / self.cases) if self.cases else None

    def required(self) -> int | None:
        """About how many cases would decide if the richer side went on as it began; None where neither has gained."""
        sides = zip((self._duel.above, self._duel.below), self._duel.needed, strict=True)
        factors = [math.log(needed) / math.log(capital) for capital, needed in sides if capital > 1.05]
        return max(self.cases + 1, math.ceil(min(factors) * self.cases)) if factors else None

    def wager(self, outcome: str) -> Wager:
        """The bet as a report tells it."""
        points = self._path
        last = (self._duel.units, self._duel.above, self._duel.below)
        if not points or points[-1] != last:
            points = [*points, last]
        return Wager(
            question=self.claim.question,
            outcome=outcome,
            units=self._duel.units,
            needed=self._duel.needed,
            capital=(self._duel.above, self._duel.below),
            at=tuple(units for units, _, _ in points),
            above=tuple(above for _, above, _ in points),
            below=tuple(below for _, _, below in points),
        )

    def _remember(self) -> None:
        if self._duel.units % self._stride == 0:
            self._path.append((self._duel.units, self._duel.above, self._duel.below))
        if len(self._path) > MOST_POINTS:
            self._path, self._stride = self._path[1::2], 2 * self._stride


def mean_of(values: Sequence[float]) -> float | None:
    """Their mean; None where there are none."""
    return math.fsum(values) / len(values) if values else None


class Partners:
    """The values of a baseline's cases, on a claim's scale.

    Args:
        stored: the means of a run that is there; None where the baseline is asked alongside.
        asked: the cases that it was asked.
    """

    def __init__(self, stored: Mapping[str, float] | None, asked: frozenset[str] = frozenset()) -> None:
        self._stored = stored
        self._asked = asked
        self._seen: dict[str, list[float]] = {}

    def see(self, case: str, value: float | None) -> None:
        """Take one answer of a baseline that is asked alongside; None: it has no score."""
        values = self._seen.setdefault(case, [])
        if value is not None:
            values.append(value)

    def knows(self, case: str) -> bool:
        """Whether the baseline was asked this case."""
        return case in (self._asked if self._stored is not None else self._seen)

    def take(self, case: str) -> float | None:
        """The mean of a case, which is not needed again; None: it has no score."""
        if self._stored is not None:
            return self._stored.get(case)
        return mean_of(self._seen.pop(case, []))
