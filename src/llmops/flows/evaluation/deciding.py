"""Runs that stop as soon as they are decided: made ready, told what is stored, and asked what they decided.

The order is drawn from the dataset's digest and recorded with the run, so that a run that goes on bets on with the same
capital, and a later candidate finds the answers of its baseline in the reply cache.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.betting import Betting
from llmops.domain.evaluation import Case, CaseResult
from llmops.domain.report import Comparison, Decision
from llmops.domain.suite import SuiteSpec
from llmops.evals.betting.claims import contests_of, questions_of
from llmops.evals.betting.course import UntilDecided
from llmops.evals.betting.decisions import conclude, decide_gates, tell
from llmops.evals.betting.order import seed_of
from llmops.evals.executor import Executor
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.flows.evaluation.alongside import Alongside, Beside, carried_out_here, parameters_of
from llmops.flows.evaluation.plan import Plan


class Decider:
    """What a run bets on, and what that decided.

    Args:
        suite: its name, for messages.
        spec: the suite.
        cases: the dataset's.
        scorers: of the run.
        repeats: answers a case.
        baselines: by name; those that are asked alongside too.
        compare: the name of the baseline of `--compare`.
        beside: the baselines that are asked alongside.
        seed: what the order is drawn from; from the dataset where none is recorded.
        against: digests of the baselines by name, to be recorded.

    Raises:
        InputError: nothing can be decided before all cases are asked.
    """

    def __init__(
        self,
        suite: str,
        spec: SuiteSpec,
        cases: Sequence[Case],
        scorers: Sequence[LoadedScorer],
        repeats: int,
        *,
        baselines: Mapping[str, Baseline | None],
        compare: str | None = None,
        beside: Sequence[Alongside] = (),
        seed: int | None = None,
        against: Json = None,
    ) -> None:
        self._against = against or {}
        self._spec, self._scorers, self._baselines = spec, scorers, baselines
        self._beside = list(beside)
        self._questions = questions_of(spec.gates, scorers, baselines)
        claims = [question.claim for question in self._questions if question.claim is not None]
        against = baselines.get(compare) if compare else None
        contests = contests_of(scorers, against, compare) if compare and against else []
        if not claims and not contests:
            raise _undecidable(suite, spec)
        unasked = {other.name for other in self._beside}
        self.course = UntilDecided(
            cases,
            repeats,
            seed_of(spec.dataset.digest) if seed is None else seed,
            [*claims, *contests],
            needed=len(claims) or len(contests),
            baselines={name: None if name in unasked else found for name, found in baselines.items()},
            max_missing=spec.max_missing,
        )

    @classmethod
    def of_plan(
        cls,
        plan: Plan,
        baselines: Mapping[str, Baseline | None],
        beside: Sequence[Alongside],
        *,
        seed: int | None = None,
        against: Json = None,
    ) -> "Decider":
        """The same, for a suite made ready."""
        return cls(
            plan.suite,
            plan.spec,
            plan.cases,
            plan.scorers,
            plan.repeats,
            baselines=baselines,
            compare=plan.options.compare,
            beside=beside,
            seed=seed,
            against=against,
        )

    @property
    def parameters(self) -> dict[str, Json]:
        """What the run records, so that it can go on."""
        return {"seed": self.course.seed, "against": self._against, **parameters_of(self._beside)}

    def beside(self, own: Executor) -> Executor:
        """An executor that asks the baselines too."""
        if not self._beside:
            return own
        return Beside(own, carried_out_here(self._beside), self.course.learn_baseline)

    def start(self, run_id: str) -> None:
        """Add the runs of baselines to the store."""
        for other in self._beside:
            other.start(run_id)

    def recall(self) -> None:
        """Learn what is stored of the baselines; before what is stored of the run."""
        for other in self._beside:
            for result in other.recall():
                self.course.learn_baseline(other.name, result)

    def end(self, run_id: str, now: datetime) -> None:
        """Say that no more is asked of the baselines."""
        for other in self._beside:
            other.end(run_id, now)

    def decide(self, observed: Observations) -> tuple[Decision, ...]:
        """Every gate, as far as the run has come."""
        return decide_gates(
            self._questions,
            self.course,
            observed,
            self._scorers,
            baselines=self._baselines,
            max_missing=self._spec.max_missing,
        )

    def conclude(self, comparison: Comparison | None) -> Comparison | None:
        """A comparison with the conclusions of the bets."""
        return None if comparison is None else conclude(comparison, self.course)

    def tell(self, observed: Observations) -> Betting:
        """The bets as the report tells them."""
        asked = sum(other.observed.results for other in self._beside)
        return tell(self.course, self._questions, answers=observed.results, baseline_answers=asked)


def decide_again(
    spec: SuiteSpec,
    cases: Sequence[Case],
    scorers: Sequence[LoadedScorer],
    results: Iterable[CaseResult],
    *,
    repeats: int,
    seed: int,
    baselines: Mapping[str, Baseline | None],
) -> tuple[Decision, ...]:
    """Decide the gates of a run that stopped when decided against other baselines: the same order, the same bets, no new answer.

    Args:
        spec: the suite.
        cases: the dataset's.
        scorers: of the run.
        results: what is stored of it.
        repeats: answers a case.
        seed: what its order was drawn from.
        baselines: by name, as they are now.
    """
    questions = questions_of(spec.gates, scorers, baselines)
    claims = [question.claim for question in questions if question.claim is not None]
    course = UntilDecided(
        cases, repeats, seed, claims, needed=len(claims), baselines=baselines, max_missing=spec.max_missing
    )
    observed = Observations()
    for result in results:
        observed.add(result)
        course.learn(result)
    return decide_gates(questions, course, observed, scorers, baselines=baselines, max_missing=spec.max_missing)


def _undecidable(suite: str, spec: SuiteSpec) -> InputError:
    if not spec.gates:
        return InputError(
            f"--until-decided: {suite} has no gates, so there is nothing to decide",
            hint=f"Give it gates, or compare: llmops eval {suite} --until-decided --compare production",
        )
    return InputError(
        f"--until-decided: no gate of {suite} can be decided before all cases are asked",
        hint=f"Bets need a mean within known bounds; see docs/until-decided.md. Ask all: llmops eval {suite}",
    )
