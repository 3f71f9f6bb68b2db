"""Goes on with a run that was interrupted, killed or stopped: on exactly the digests that it began with, or not at all."""

from collections.abc import Mapping
from dataclasses import replace

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import Ref, parse_ref
from llmops.domain.run import Run
from llmops.evals.pairs import Baseline
from llmops.flows.evaluation.baselines import as_baseline
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.plan import ASKED, Plan, make_plan
from llmops.flows.services import Services
from llmops.presentation.figures import listed


def plan_again(services: Services, suite: Ref, options: EvalOptions) -> tuple[Run, Plan]:
    """The run of a suite that `options.resume` names, and its plan as it was.

    Raises:
        NotFound: there is no such run.
        InputError: it is of another suite, finished, or what it ran on has changed; the message says what.
    """
    run = services.store.runs.get(options.resume or "")
    if run.name != suite.name:
        raise InputError(f"{run.id} is a run of {run.name}, not of {suite.name}", hint=f"llmops eval --resume {run.id}")
    refuse_finished(run)
    asked = run.parameters.get("asked")
    if not isinstance(asked, dict):
        raise InputError(
            f"{run.id} cannot go on: it was begun by a version of llmops that did not store how",
            hint=f"Start anew: llmops eval {run.name}. Answers in the reply cache are not asked for again.",
        )
    said = [name for name in ASKED if getattr(options, name) is not None]
    if said:
        raise InputError(
            f"{run.id} goes on with what it was asked with at first, so --{said[0].replace('_', '-')} cannot be given",
            hint=f"llmops eval --resume {run.id}",
        )
    again: dict[str, Json] = {name: asked.get(name) for name in ASKED}
    plan = make_plan(services, parse_ref(str(asked["suite"]), "suite"), replace(options, **again))
    _refuse_changes(run, plan)
    return run, plan


def refuse_finished(run: Run) -> None:
    """Refuse a run that is finished: its report counts, and what it says stays.

    Raises:
        InputError: it is.
    """
    if run.status == "finished":
        raise InputError(f"{run.id} is finished, there is nothing left to do", hint=f"llmops runs show {run.id}")


def baselines_of(services: Services, run: Run, plan: Plan) -> Mapping[str, Baseline | None]:
    """The baselines that a run began with, whatever the aliases that named them hold by now."""
    chosen: Json = run.parameters.get("baselines", {})
    return {
        text: as_baseline(services.store, text, services.store.runs.get(chosen[text])) if chosen.get(text) else None
        for text in plan.baselines
    }


def _refuse_changes(run: Run, plan: Plan) -> None:
    then, now = run.refs, plan.refs
    changed = [f"the {key}" for key in sorted(then.keys() | now.keys()) if then.get(key) != now.get(key)]
    before: Json = run.parameters.get("scorers", {})
    after = {loaded.label: loaded.identity for loaded in plan.scorers}
    changed += [
        f"the scorer {label}" for label in sorted(before.keys() | after.keys()) if before.get(label) != after.get(label)
    ]
    if not changed and run.parameters.get("cases") != len(plan.cases):
        changed = ["the number of cases"]
    if changed:
        raise InputError(
            f"{run.id} cannot go on: {listed(changed)} {'are' if len(changed) > 1 else 'is'} not what it began with",
            hint=f"Put it back, or start anew: llmops eval {run.name}. Answers in the reply cache are not asked for again.",
        )
