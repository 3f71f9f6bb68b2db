"""What a suite leaves to its judge, asked for once before the first case: the steps of a rubric.

It is asked for through the reply cache also where replies are not, so that a workspace has the same steps in every run until
they are written into the suite, where they become part of its digest.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from llmops.core.hashing import Json
from llmops.domain.judge import Judge
from llmops.evals.case_scorers import CaseScorer
from llmops.evals.hearing import JudgedScorer
from llmops.evals.loading import LoadedScorer
from llmops.flows.evaluation.plan import Plan

S = TypeVar("S")


async def prepare_plan(plan: Plan) -> Plan:
    """The plan with what its scorers leave to the judge, and notes that say what it is.

    Raises:
        ModelError: the judge could not be reached, or gave no steps.
    """
    if plan.keeper is None or plan.judge is None:
        return plan
    notes: list[str] = []
    scorers = [await _prepared(loaded, plan.keeper, notes) for loaded in plan.scorers]
    return replace(plan, scorers=scorers, notes=(*plan.notes, *notes)) if notes else plan


async def _prepared(loaded: LoadedScorer, keeper: Callable[[], Judge], notes: list[str]) -> LoadedScorer:
    if isinstance(loaded, CaseScorer):
        own = {key: await _prepared(one, keeper, notes) for key, one in loaded.own.items()}
        return replace(loaded, scorer=next(iter(own.values())).scorer, own=own)
    if not isinstance(loaded.scorer, JudgedScorer):
        return loaded
    supplied = await _with(loaded.scorer, judge=keeper).prepare()
    if not supplied:
        return loaded
    written = ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in supplied.items())
    notes.append(f"{loaded.label}: the judge wrote what the suite leaves out; put it there to keep it: {written}")
    return replace(loaded, scorer=_with(loaded.scorer, **supplied))


def _with(scorer: S, **arguments: Json) -> S:
    """A scorer with other arguments; judged ones are dataclasses."""
    return replace(scorer, **arguments)  # type: ignore[type-var]
