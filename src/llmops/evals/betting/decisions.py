"""What bets decide: a decision for every gate, a conclusion for every scorer, and the bets as a report tells them."""

from collections.abc import Mapping, Sequence

from llmops.domain.betting import Betting, Wager
from llmops.domain.report import Comparison, Conclusion, Decision, Outcome
from llmops.evals.betting.bets import Bet
from llmops.evals.betting.claims import Question
from llmops.evals.betting.course import UntilDecided
from llmops.evals.gates.decide import decide, describe
from llmops.evals.gates.rulings import Finding, decide_by, state
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.measures.comparison import Ruling
from llmops.presentation.figures import count, percent

_CONCLUSIONS: dict[Outcome, Conclusion] = {"pass": "better", "fail": "worse", "unknown": "not yet known"}


def decide_gates(
    questions: Sequence[Question],
    course: UntilDecided,
    observed: Observations,
    scorers: Sequence[LoadedScorer],
    *,
    baselines: Mapping[str, Baseline | None],
    max_missing: float,
) -> tuple[Decision, ...]:
    """Decide every gate, in their order: by its bet where it has one, else by the numbers of the run.

    Args:
        questions: the gates, and how each is decided; the course's first bets are theirs, in the same order.
        course: as far as it has come.
        observed: the numbers of the run.
        scorers: those of the run.
        baselines: by the text of `no_worse_than`, with what was seen of them.
        max_missing: the share of missing scores that a decision tolerates.
    """
    gates = [question.gate for question in questions]
    by_numbers = decide(gates, observed, scorers, baselines=baselines, max_missing=max_missing)
    bets = iter(course.bets)
    return tuple(
        decide_bet(next(bets), max_missing)
        if question.part == "bet"
        else _decide_otherwise(question, numbers, course, observed)
        for question, numbers in zip(questions, by_numbers, strict=True)
    )


def decide_bet(bet: Bet, max_missing: float) -> Decision:
    """The decision of one bet, in words."""
    claim = bet.claim
    value = bet.mean
    if value is None:
        return state(claim.question, "unknown", f"no case so far has a score of {claim.label}")
    if bet.is_spoilt:
        return state(claim.question, "unknown", _why_spoilt(bet, max_missing), value)
    found = Finding(claim.question, claim.claim, value, bet.cases, claim.unit, is_difference=claim.against is not None)
    if bet.outcome == "unknown" and bet.is_stuck:
        reason = f"{found.measured()} cannot decide; {claim.against} has no answer to the cases after them"
        return state(claim.question, "unknown", reason, value)
    required = bet.required() if bet.outcome == "unknown" else None
    return decide_by(Ruling(bet.outcome, "betting", None, required), found)


def conclude(comparison: Comparison, course: UntilDecided) -> Comparison:
    """A comparison with the conclusions of its bets: what a fixed number of cases would say does not hold at a chosen stop."""
    bets = {bet.claim.label: bet for bet in course.bets if bet.claim.question == question_of(bet, comparison.baseline)}
    differences = []
    for difference in comparison.differences:
        bet = bets.get(difference.label)
        conclusion = _CONCLUSIONS[bet.outcome] if bet else "not yet known"
        required = bet.required() if bet and conclusion == "not yet known" else None
        differences.append(difference.model_copy(update={"conclusion": conclusion, "required_n": required, "p": None}))
    return comparison.model_copy(update={"differences": tuple(differences)})


def question_of(bet: Bet, baseline: str) -> str:
    """What the bet on a scorer's difference to a baseline is called."""
    return f"{bet.claim.label} against {baseline}"


def tell(course: UntilDecided, questions: Sequence[Question], *, answers: int, baseline_answers: int = 0) -> Betting:
    """The bets as a report tells them.

    Args:
        course: as far as it has come.
        questions: the gates, and how each is decided.
        answers: how many are stored.
        baseline_answers: how many were asked of baselines alongside.
    """
    gates = sum(question.part == "bet" for question in questions)
    wagers: list[Wager] = []
    for index, bet in enumerate(course.bets):
        wagers.append(bet.wager(bet.outcome if index < gates else _CONCLUSIONS[bet.outcome]))
    return Betting(
        seed=course.seed,
        decided=course.decided,
        units=course.units,
        of_units=len(course.order.units),
        cases=course.cases,
        of_cases=len(course.order.place),
        answers=answers,
        of_answers=course.total,
        baseline_answers=baseline_answers,
        wagers=tuple(wagers),
        left=tuple(describe(question.gate) for question in questions if question.part in ("left", "every case")),
    )


def _decide_otherwise(question: Question, numbers: Decision, course: UntilDecided, observed: Observations) -> Decision:
    """The decision on a gate without a bet; before the last case only what no further case could change."""
    if question.part == "settled" or course.is_complete:
        return numbers
    if question.part == "every case" and numbers.outcome == "fail":
        return numbers
    if question.gate.cost_per_case is not None and numbers.outcome == "pass" and not numbers.value:
        return numbers  # none of the answers cost anything
    told = f"{count(observed.cases, 'case')} of {len(course.order.place):,}"
    reason = f"left to the full run: what {told} say cannot decide this gate at a stop that others chose"
    return state(numbers.gate, "unknown", reason, numbers.value)


def _why_spoilt(bet: Bet, max_missing: float) -> str:
    if bet.missing_share > max_missing:
        return f"{percent(bet.missing_share)} of scores are missing, more than {percent(max_missing)}"
    total = bet.cases + bet.unpaired
    return f"{bet.claim.against} has no score for {bet.unpaired:,} of {count(total, 'case')}; evaluate it again"
