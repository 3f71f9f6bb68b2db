"""Which suites need not be run, because a finished report on exactly the current digests counts already (`--changed`).

What counts is what counts for a promotion: a complete run of the whole suite, without fallback answers, of a hosted model that
has not changed since; the first one on the digests. Scorers must be the same too, and what the run was compared with must be what
it would be compared with now.
"""

from dataclasses import dataclass

from llmops.core.errors import LlmopsError
from llmops.core.names import Ref
from llmops.domain.report import Report
from llmops.domain.run import Run
from llmops.flows.evaluation.baselines import IDENTITY, find_evidence, name_baseline, report_of, runs_on
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.plan import Plan, make_plan
from llmops.flows.promotion.evidence import why_another_model, why_partial
from llmops.flows.services import Services


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a suite: a report that counts, or why there is none."""

    report: Report | None
    reason: str


def find_standing(services: Services, suite: Ref, options: EvalOptions) -> Standing:
    """The report that running a suite with these options would only repeat.

    Raises:
        InputError: what running it would raise before it asks anything.
    """
    plan = make_plan(services, suite, options)
    if options.limit is not None:
        return Standing(None, "only the first cases are asked (--limit)")
    reason = "no finished run on the current digests"
    without = [key for key in IDENTITY if key not in plan.refs]
    for run in runs_on(services.store, plan.refs, without=without, name=plan.suite):
        report = report_of(run)
        if report is None:
            continue
        why = _why_not(services, plan, run, report)
        if not why:
            return Standing(report, f"{run.id} of {run.started_at:%Y-%m-%d} counts on the current digests")
        reason = f"{run.id} does not count: {why}"
    return Standing(None, reason)


def _why_not(services: Services, plan: Plan, run: Run, report: Report) -> str:
    """Why a finished run on the digests does not count; empty if it does."""
    partial = why_partial(run, report, plan.spec) or why_another_model(services.store, run, report)
    if partial:
        return partial
    if report.repeats < plan.repeats:
        return f"it asked each case {report.repeats} times, not {plan.repeats}"
    identities = {score.label: score.identity for score in report.scores}
    for loaded in plan.scorers:
        if identities.get(loaded.label) != loaded.identity:
            return f"the scorer {loaded.label} has changed"
    then = run.parameters.get("baselines", {})
    for name in plan.baselines:
        if then.get(name) != _baseline_run(services, plan, name):
            return f"what it is compared with, {name}, has changed"
    return ""


def _baseline_run(services: Services, plan: Plan, name: str) -> str | None:
    """The run that a baseline stands for now; empty where one would have to be made, None where nothing holds the alias."""
    if plan.target.ref is None:
        return None
    named = name_baseline(services, plan.target.ref, name, required=False)
    if named is None:
        return None
    if named.run is not None:
        return named.run.id
    try:
        its_plan = make_plan(services, plan.ref, EvalOptions(target=str(named.ref), repeats=plan.options.repeats))
    except LlmopsError:
        return ""
    identities = {loaded.label: loaded.identity for loaded in its_plan.scorers}
    without = [key for key in IDENTITY if key not in its_plan.refs]
    run = find_evidence(services.store, its_plan.refs, its_plan.parameters, identities, without=without)
    return run.id if run else ""
