"""Courses that bet, made from few words."""

import random
from collections.abc import Iterable, Mapping, Sequence

from llmops.core.hashing import Json
from llmops.domain.betting import Betting, Wager
from llmops.domain.evaluation import Case, CaseResult
from llmops.domain.suite import GateSpec
from llmops.evals.betting.claims import Question, questions_of
from llmops.evals.betting.course import UntilDecided
from llmops.evals.loading import LoadedScorer
from llmops.evals.pairs import Baseline
from tests.support.eval_runs import loaded, result


def gate(**fields: float | str) -> GateSpec:
    return GateSpec.model_validate(fields)


def clustered(clusters: int, each: int = 1) -> list[Case]:
    """So many clusters of so many cases."""
    return [
        Case(id=f"c{i:03}-{j:02}", inputs={"question": "?"}, metadata={"cluster": f"k{i:03}"} if each > 1 else {})
        for i in range(clusters)
        for j in range(each)
    ]


def course(
    gates: Sequence[GateSpec],
    cases: Sequence[Case],
    *,
    scorers: Sequence[LoadedScorer] = (),
    baselines: dict[str, Baseline | None] | None = None,
    alongside: Sequence[str] = (),
    repeats: int = 1,
    seed: int = 1,
    max_missing: float = 0.02,
) -> tuple[UntilDecided, list[Question]]:
    """A course on gates, and how each of them is decided. Baselines `alongside` have no results yet."""
    baselines = baselines or {}
    questions = questions_of(gates, scorers or (loaded(),), baselines)
    claims = [question.claim for question in questions if question.claim is not None]
    known = {name: None if name in alongside else found for name, found in baselines.items()}
    made = UntilDecided(cases, repeats, seed, claims, needed=len(claims), baselines=known, max_missing=max_missing)
    return made, questions


def answered(case: Case, score: float | None, *, repeat: int = 0) -> CaseResult:
    """A result of a case, with one score of `contains`."""
    return result(case.id, score, cluster=case.cluster, repeat=repeat)


def run(course: UntilDecided, results: Iterable[CaseResult]) -> int:
    """Let a course take results until it is decided; how many it took."""
    taken = 0
    for one in results:
        if course.decided:
            break
        course.learn(one)
        taken += 1
    return taken


def in_order(course: UntilDecided, scores: Mapping[str, float | None]) -> list[CaseResult]:
    """The results of all jobs in the order of the course."""
    return [answered(job.case, scores[job.case.id], repeat=job.repeat) for job in course.jobs()]


def drawn(cases: Sequence[Case], share: float, seed: int) -> dict[str, float | None]:
    """Scores of 1 for about this share of the cases, else 0."""
    draw = random.Random(seed)
    return {case.id: float(draw.random() < share) for case in cases}


def betting(**fields: Json) -> Betting:
    """A report's bets: one gate, passed after three units."""
    wager = Wager(
        question="contains ≥ 0.7",
        outcome="pass",
        units=3,
        needed=(20.0, 40.0),
        capital=(25.0, 0.001),
        at=(1, 2, 3),
        above=(2.0, 7.0, 25.0),
        below=(0.3, 0.02, 0.001),
    )
    known: dict[str, Json] = {"seed": 7, "decided": True, "units": 3, "of_units": 300, "cases": 3, "of_cases": 300}
    return Betting.model_validate({**known, "answers": 5, "of_answers": 300, "wagers": (wager,), **fields})
