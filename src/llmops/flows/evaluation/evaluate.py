"""From a suite to a report: plan it, measure what it is compared with, run it, and tell those who wait for a failed gate."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from llmops.backends.executors import find_executor
from llmops.core.hashing import Json
from llmops.core.names import Ref
from llmops.domain.ports import Progress, no_progress
from llmops.domain.report import Report
from llmops.domain.run import Run
from llmops.evals.pairs import Baseline
from llmops.flows.evaluation.baselines import (
    IDENTITY,
    NamedBaseline,
    as_baseline,
    find_evidence,
    name_baseline,
    report_of,
)
from llmops.flows.evaluation.execution import Execution
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.plan import ASKED, Plan, make_plan
from llmops.flows.evaluation.preparing import prepare_plan
from llmops.flows.evaluation.resume import baselines_of, plan_again
from llmops.flows.evaluation.sequels import digests_of, find_begun, pinned, refuse_limit
from llmops.flows.services import Services


async def evaluate(services: Services, suite: Ref, options: EvalOptions, *, progress: Progress = no_progress) -> Report:
    """Run a suite and return its report; the run, its results and the report are in the store.

    With `options.resume` a run of the suite goes on that was begun before; with `options.until_decided` one on the same
    digests, if there is one that was not finished. One that was is returned, and nothing is asked.

    Raises:
        InputError: a file, ref, scorer or gate cannot be used, or a run cannot go on; nothing has been asked yet.
        Conflict: another process carries out the run that shall go on.
        ModelError: the model could not be reached from the start.
        asyncio.CancelledError: interrupted; what is finished is stored and the run is marked.
    """
    find_executor(options.executor)
    if options.resume is not None:
        execution = await _go_on(services, suite, options)
    else:
        begun = await _begin(services, suite, options, progress)
        if isinstance(begun, Report):
            return begun
        execution = begun
    report = await execution.run(progress)
    if services.settings.hooks:
        from llmops.flows.hooks import fire, gate_failed

        fire(services, gate_failed(services, report, datetime.now(UTC)))
    return report


async def _begin(services: Services, suite: Ref, options: EvalOptions, progress: Progress) -> Execution | Report:
    plan = make_plan(services, suite, options)
    named = {
        text: name_baseline(services, plan.target.ref, text, required=text == options.compare)
        for text in plan.baselines
    }
    if not options.until_decided:
        measured = {text: await _measured(services, suite, plan, one, progress) for text, one in named.items()}
        return Execution(services, plan, measured)
    return await _bet(services, suite, options, plan, named)


async def _bet(
    services: Services, suite: Ref, options: EvalOptions, plan: Plan, named: Mapping[str, NamedBaseline | None]
) -> Execution | Report:
    """A run that stops when it is decided, or the report of one that was on exactly these digests."""
    from llmops.flows.evaluation.alongside import Alongside
    from llmops.flows.evaluation.deciding import Decider

    refuse_limit(plan)
    against = digests_of(services, named)
    begun = find_begun(services, plan, against)
    if begun is not None and begun.status != "finished":
        unsaid: dict[str, Json] = dict.fromkeys(ASKED)
        return await _go_on(services, suite, replace(options, **unsaid, resume=begun.id))
    if begun is not None and options.use_cache and (found := report_of(begun)):
        told = f"{begun.id} was made on exactly these digests: nothing was asked. --no-cache asks anew."
        return found.model_copy(update={"notes": (*found.notes, told)})
    baselines: dict[str, Baseline | None] = {}
    beside = []
    for text, one in named.items():
        its_plan, run = await _find(services, suite, plan, one) if one else (None, None)
        baselines[text] = as_baseline(services.store, text, run) if run else None
        if its_plan is not None and run is None:
            beside.append(Alongside.begin(services, text, its_plan))
            baselines[text] = beside[-1].baseline
    bets = Decider.of_plan(await prepare_plan(plan), baselines, beside, against=against)
    return Execution(services, plan, baselines, bets=bets)


async def _go_on(services: Services, suite: Ref, options: EvalOptions) -> Execution:
    run, plan = plan_again(services, suite, options)
    baselines = dict(baselines_of(services, run, plan))
    if not plan.options.until_decided:
        return Execution(services, plan, baselines, run)
    from llmops.flows.evaluation.alongside import Alongside
    from llmops.flows.evaluation.deciding import Decider

    beside = []
    for text, other in run.parameters.get("beside", {}).items():
        asked = services.store.runs.get(other).parameters["asked"]
        its_plan = await prepare_plan(make_plan(services, plan.ref, _options_of_baseline(plan, asked["target"])))
        beside.append(Alongside.go_on(services, text, its_plan, other))
        baselines[text] = beside[-1].baseline
    seed, against = run.parameters["seed"], run.parameters.get("against")
    bets = Decider.of_plan(await prepare_plan(plan), baselines, beside, seed=seed, against=against)
    return Execution(services, plan, baselines, run, bets)


async def _measured(
    services: Services, suite: Ref, plan: Plan, named: NamedBaseline | None, progress: Progress
) -> Baseline | None:
    """The baseline's run: the one named, else a finished one on exactly these digests, else one made now."""
    if named is None:
        return None
    its_plan, run = await _find(services, suite, plan, named)
    if its_plan is not None and run is None:
        report = await Execution(services, its_plan, {}).run(progress)
        run = services.store.runs.get(report.run_id)
    assert run is not None
    return as_baseline(services.store, named.text, run)


async def _find(services: Services, suite: Ref, plan: Plan, named: NamedBaseline) -> tuple[Plan | None, Run | None]:
    """The run that is named; else the baseline's plan, and a finished run on exactly its digests if there is one."""
    if named.run is not None:
        return None, named.run
    target = pinned(services, named) if plan.options.until_decided else str(named.ref or named.text)
    its_plan = await prepare_plan(make_plan(services, suite, _options_of_baseline(plan, target)))
    identities = {loaded.label: loaded.identity for loaded in its_plan.scorers}
    without = [key for key in IDENTITY if key not in its_plan.refs]
    found = find_evidence(services.store, its_plan.refs, its_plan.parameters, identities, without=without)
    return its_plan, found


def _options_of_baseline(plan: Plan, target: str) -> EvalOptions:
    model = plan.options.model if len(plan.spec.target.models) > 1 else None  # in a matrix, a cell's own column
    return replace(plan.options, target=target, model=model, compare=None, until_decided=None, resume=None)
