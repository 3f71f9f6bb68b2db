"""From a suite to a report: plan it, measure what it is compared with, run it, and tell those who wait for a failed gate."""

from dataclasses import replace
from datetime import UTC, datetime

from llmops.core.names import Ref
from llmops.domain.ports import Progress, no_progress
from llmops.domain.report import Report
from llmops.evals.pairs import Baseline
from llmops.flows.evaluation.baselines import IDENTITY, NamedBaseline, as_baseline, find_evidence, name_baseline
from llmops.flows.evaluation.execution import Execution
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.plan import Plan, make_plan
from llmops.flows.evaluation.preparing import prepare_plan
from llmops.flows.evaluation.resume import baselines_of, plan_again
from llmops.flows.hooks import fire, gate_failed
from llmops.flows.services import Services


async def evaluate(services: Services, suite: Ref, options: EvalOptions, *, progress: Progress = no_progress) -> Report:
    """Run a suite and return its report; the run, its results and the report are in the store.

    With `options.resume` a run of the suite goes on that was begun before.

    Raises:
        InputError: a file, ref, scorer or gate cannot be used, or a run cannot go on; nothing has been asked yet.
        Conflict: another process carries out the run that shall go on.
        ModelError: the model could not be reached from the start.
        asyncio.CancelledError: interrupted; what is finished is stored and the run is marked.
    """
    if options.resume is not None:
        earlier, plan = plan_again(services, suite, options)
        execution = Execution(services, plan, baselines_of(services, earlier, plan), earlier)
    else:
        execution = await _begin(services, suite, options, progress)
    report = await execution.run(progress)
    fire(services, gate_failed(services, report, datetime.now(UTC)))
    return report


async def _begin(services: Services, suite: Ref, options: EvalOptions, progress: Progress) -> Execution:
    plan = make_plan(services, suite, options)
    named = {
        text: name_baseline(services, plan.target.ref, text, required=text == options.compare)
        for text in plan.baselines
    }
    baselines = {text: await _measured(services, suite, plan, one, progress) for text, one in named.items()}
    return Execution(services, plan, baselines)


async def _measured(
    services: Services, suite: Ref, plan: Plan, named: NamedBaseline | None, progress: Progress
) -> Baseline | None:
    """The baseline's run: the one named, else a finished one on exactly these digests, else one made now."""
    if named is None:
        return None
    run = named.run
    if run is None:
        options = replace(plan.options, target=str(named.ref or named.text), model=None, compare=None)
        its_plan = await prepare_plan(make_plan(services, suite, options))
        identities = {loaded.label: loaded.identity for loaded in its_plan.scorers}
        without = [key for key in IDENTITY if key not in its_plan.refs]
        run = find_evidence(services.store, its_plan.refs, its_plan.parameters, identities, without=without)
        if run is None:
            report = await Execution(services, its_plan, {}).run(progress)
            run = services.store.runs.get(report.run_id)
    return as_baseline(services.store, named.text, run)
