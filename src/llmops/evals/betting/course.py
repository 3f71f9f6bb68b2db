"""The course of a run that stops as soon as it is decided (`statistics.md`, section 3).

Units are asked in an order drawn beforehand, and bet on in the same order: an answer that comes early waits for its turn.
The state follows from the results alone, so a resumed run is told what is stored and goes on with the same capital.
"""

from collections.abc import Iterator, Mapping, Sequence

from llmops.domain.evaluation import Case, CaseResult
from llmops.evals.betting.bets import Bet, Partners, Reading, mean_of
from llmops.evals.betting.claims import Claim
from llmops.evals.betting.order import Order
from llmops.evals.course import Job
from llmops.evals.pairs import Baseline


class UntilDecided:
    """Asks unit by unit until every claim is decided.

    Args:
        cases: the dataset's.
        repeats: answers a case.
        seed: what the order is drawn from.
        claims: what is bet on.
        needed: how many of the claims, from the first on, must be decided before the run may stop.
        baselines: by the name that claims are `against`; None where it is asked alongside (`learn_baseline`).
        max_missing: the share of missing scores that a decision tolerates.
    """

    def __init__(
        self,
        cases: Sequence[Case],
        repeats: int,
        seed: int,
        claims: Sequence[Claim],
        *,
        needed: int,
        baselines: Mapping[str, Baseline | None],
        max_missing: float = 0.02,
    ) -> None:
        self.seed = seed
        self.order = Order(cases, seed)
        self.units = 0
        self.cases = 0
        self.learnt = 0
        self.bets = [Bet(claim, largest=self.order.largest, max_missing=max_missing) for claim in claims]
        self._all, self._repeats, self._needed = cases, repeats, needed
        self._partners = [_partners_of(claim, baselines) for claim in claims]
        self._waiting: dict[int, list[tuple[str, list[tuple[float | None, bool]]]]] = {}
        self._held = 0  # results in `_waiting`

    @property
    def total(self) -> int:
        """Cases times repeats, should nothing decide."""
        return len(self._all) * self._repeats

    @property
    def decided(self) -> bool:
        """Whether every needed claim is decided, or cannot be."""
        return all(bet.outcome != "unknown" or bet.is_stuck for bet in self.bets[: self._needed])

    @property
    def is_complete(self) -> bool:
        """Whether all units were bet on."""
        return self.units == len(self.order.units)

    @property
    def early(self) -> int:
        """How many results belong to units whose turn has not come; those of the unit that is next are not among them."""
        return self._held - len(self._waiting.get(self.units, ()))

    def jobs(self) -> Iterator[Job]:
        """Unit by unit, each case of it as often as it is repeated."""
        for unit in self.order.units:
            for row in unit:
                case = self._all[row]
                yield from (Job(case, repeat) for repeat in range(self._repeats))

    def learn(self, result: CaseResult) -> None:
        """Take a result, and bet on every unit whose turn has come. That of a baseline's must have been learnt before."""
        self.learnt += 1
        place = self.order.place[result.case_id]
        read = [(bet.claim.read(result), bet.claim.is_missing(result)) for bet in self.bets]
        self._waiting.setdefault(place, []).append((result.case_id, read))
        self._held += 1
        while self._is_ready() and not self.decided:
            self._bet()

    def learn_baseline(self, name: str, result: CaseResult) -> None:
        """Take a result of a baseline that is asked alongside."""
        for bet, partners in zip(self.bets, self._partners, strict=True):
            if bet.claim.against == name and partners is not None:
                missing = bet.claim.is_missing(result)
                partners.see(result.case_id, None if missing else bet.claim.read(result))

    def _is_ready(self) -> bool:
        if self.is_complete:
            return False
        return len(self._waiting.get(self.units, ())) >= len(self.order.units[self.units]) * self._repeats

    def _bet(self) -> None:
        """Bet on the next unit, case by case in the order of the dataset whatever came first."""
        answers: dict[str, list[list[tuple[float | None, bool]]]] = {}
        for name, read in self._waiting.pop(self.units):
            answers.setdefault(name, []).append(read)
            self._held -= 1
        names = sorted(answers)
        for index, (bet, partners) in enumerate(zip(self.bets, self._partners, strict=True)):
            if partners is not None and not all(map(partners.knows, names)):
                bet.give_up()
            bet.take([_reading([read[index] for read in answers[name]], partners, name) for name in names])
        self.units += 1
        self.cases += len(names)


def _reading(answers: Sequence[tuple[float | None, bool]], partners: Partners | None, name: str) -> Reading:
    values = [value for value, _ in answers if value is not None]
    return Reading(
        mean_of(values),
        partners.take(name) if partners is not None else None,
        sum(missing for _, missing in answers),
        len(values),
    )


def _partners_of(claim: Claim, baselines: Mapping[str, Baseline | None]) -> Partners | None:
    """Where a claim finds its partners; None where it needs none."""
    if claim.against is None:
        return None
    baseline = baselines.get(claim.against)
    if baseline is None:
        return Partners(None)
    series = baseline.observed.scores(claim.label)
    means = {name: claim.scale(value) for name, value in zip(series.ids, series.values, strict=True)}
    return Partners(means, frozenset(baseline.observed.error_shares().ids))
