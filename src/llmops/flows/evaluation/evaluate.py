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
from llmops.flows.hooks import fire, gate_failed
from llmops.flows.services import Services


async def evaluate(services: Services, suite: Ref, options: EvalOptions, *, progress: Progress = no_progress) -> Report:
    """Run a suite and return its report; the run, its results and the report are in the store.

    Raises:
        InputError: a file, ref, scorer or gate cannot be used; nothing has been asked yet.
        ModelError: the model could not be reached from the start.
        asyncio.CancelledError: interrupted; what is finished is stored and the run is marked.
    """
    plan = make_plan(services, suite, options)
    named = {
        text: name_baseline(services, plan.target.ref, text, required=text == options.compare)
        for text in plan.baselines
    }
    baselines = {text: await _measured(services, suite, plan, one, progress) for text, one in named.items()}
    report = await Execution(services, plan, baselines).run(progress)
    fire(services, gate_failed(services, report, datetime.now(UTC)))
    return report


async def _measured(
    services: Services, suite: Ref, plan: Plan, named: NamedBaseline | None, progress: Progress
) -> Baseline | None:
    """The baseline's run: the one named, else a finished one on exactly these digests, else one made now."""
    if named is None:
        return None
    run = named.run
    if run is None:
        options = replace(plan.options, target=str(named.ref or named.text), model=None, compare=None)
        its_plan = make_plan(services, suite, options)
        identities = {loaded.label: loaded.identity for loaded in its_plan.scorers}
        without = [key for key in IDENTITY if key not in its_plan.refs]
        run = find_evidence(services.store, its_plan.refs, its_plan.parameters, identities, without=without)
        if run is None:
            report = await Execution(services, its_plan, {}).run(progress)
            run = services.store.runs.get(report.run_id)
    return as_baseline(services.store, named.text, run)
