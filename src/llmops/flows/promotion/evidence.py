"""Which report counts as evidence for a promotion, and what its gates say now.

Evidence is a finished run of the whole suite on exactly the digests of version, suite and dataset. The first one decides:
running again until it passes would pass one bad version in four (`statistics.md`, section 2); only a run that stopped when it
was decided may be continued. A run that has become stale,
by age or because the hosted model behind it has changed, is as if it were not there.

Gates that measure against an alias are decided anew, on the stored scores, against what the alias holds now.
"""

from dataclasses import dataclass, field
from datetime import datetime

from llmops.core.durations import seconds
from llmops.core.names import did_you_mean
from llmops.domain.artifact import Version
from llmops.domain.report import Decision, Report
from llmops.domain.requirement import Requirement
from llmops.domain.run import Run
from llmops.domain.suite import SuiteSpec
from llmops.flows.evaluation.baselines import report_of, runs_on
from llmops.flows.evaluation.judging import expected_judge_ref
from llmops.flows.evaluation.targets import LARGER, identify
from llmops.flows.promotion.continuing import continued
from llmops.flows.promotion.relative_gates import Standing, decide_now
from llmops.flows.services import Services
from llmops.presentation.figures import count
from llmops.storage.store import Store

EVALUATED = ("app", "prompt", "rag", "policy", "model")  # what suites say something about
_ALONE = ("policy", "model")  # what stands in for nothing else, and is asked by suites of its own


@dataclass(frozen=True, slots=True)
class Question:
    """What evidence is looked for: a suite's on a version, for an alias."""

    target: Version
    alias: str
    suite: Version
    spec: SuiteSpec
    max_age: str | None
    now: datetime

    @property
    def command(self) -> str:
        """What to type to gather the evidence."""
        asked = "" if self.target.kind == "rag" else f" --target {_named(self.target)}"
        return f"llmops eval {self.suite.name}@{self.suite.number}{asked}"

    def refs(self, services: Services) -> dict[str, str]:
        """What a run must have run on."""
        about = identify(self.target, self.spec.target, services.settings.models.default)
        judge = expected_judge_ref(services, self.spec)
        return {**about, **judge, "suite": self.suite.digest, "dataset": self.spec.dataset.digest}


@dataclass(slots=True)
class _Found:
    """The runs on the digests: those that count, in the order in which they finished, and why the last other does not."""

    counting: list[tuple[Run, Report]] = field(default_factory=list)
    refused: str = ""
    is_stale: bool = False


def check_suite(
    services: Services, target: Version, alias: str, name: str, *, max_age: str | None, now: datetime
) -> Requirement:
    """Say whether a suite has a fresh passing report on exactly a version, for an alias that requires it.

    Args:
        services: the workspace; nothing is asked of a model.
        target: the version.
        alias: what shall hold it. If it also holds a version of the suite, that one counts, else the latest.
        name: the suite.
        max_age: how old the oldest reply may be.
        now: the time.
    """
    label = f"suite {name}"
    if target.kind not in EVALUATED:
        return Requirement(name=label, state="met", detail=f"does not apply: no suite evaluates a {target.kind}")
    suite = suite_for(services.store, alias, name)
    if suite is None:
        known = [artifact.name for artifact in services.store.versions.artifacts("suite")]
        detail = f"no suite {name!r} is registered. {did_you_mean(name, known)}".strip()
        return Requirement(name=label, state="not met", detail=detail, command="llmops register")
    question = Question(target, alias, suite, SuiteSpec.model_validate(suite.content), max_age, now)
    asked = question.spec.target.kind
    if target.kind in _ALONE and target.kind != asked:
        return Requirement(name=label, state="met", detail=f"does not apply: suite/{name} evaluates no {target.kind}")
    if asked in _ALONE and asked != target.kind:
        several = "policies" if asked == "policy" else "models"
        detail = f'suite/{name} evaluates {several}; require it for them alone, below [aliases.{alias}."{asked}/*"]'
        return Requirement(name=label, state="not met", detail=detail, command=f"llmops show suite/{name}")
    if not question.spec.gates:
        detail = f"suite/{name}@{suite.number} has no gates, so no report of it can pass"
        return Requirement(name=label, state="not met", detail=detail, command=f"llmops show suite/{name}")
    found = _search(services, question)
    if not found.counting:
        refused = f"; {found.refused}" if found.refused else ""
        detail = f"no report that counts on {_named(target)} with suite/{name}@{suite.number}{refused}"
        command = question.command + (" --no-cache" if found.is_stale else "")
        return Requirement(name=label, state="not met", detail=detail, command=command)
    return _judge(services, question, label, found.counting)


def suite_for(store: Store, alias: str, name: str) -> Version | None:
    """The version of a suite that an alias demands: the one that it holds itself, else the latest."""
    held = store.aliases.get("suite", name, alias)
    return store.versions.get("suite", name, held.number) if held else store.versions.latest("suite", name)


def _search(services: Services, question: Question) -> _Found:
    found = _Found()
    without = LARGER.get(question.target.kind, ())
    for run in runs_on(services.store, question.refs(services), without=without, name=question.suite.name):
        report = report_of(run)
        if report is None:
            continue
        partial = why_partial(run, report, question.spec)
        stale = "" if partial else _why_stale(services.store, run, report, question)
        if partial or stale:
            found.refused, found.is_stale = f"{run.id} does not count: {partial or stale}", bool(stale)
        else:
            found.counting.append((run, report))
    return found


def why_partial(run: Run, report: Report, spec: SuiteSpec) -> str:
    """Why a run never was evidence; empty if it was."""
    if run.parameters.get("limit") is not None:
        return f"it asked only {count(report.cases, 'case')} (--limit)"
    if not report.complete:
        return "it ended early"
    if report.fallbacks:
        return f"{count(report.fallbacks, 'answer')} came from a fallback model"
    if report.repeats < spec.repeats:
        return f"it asked each case {count(report.repeats, 'time')}, the suite says {spec.repeats}"
    return ""


def _why_stale(store: Store, run: Run, report: Report, question: Question) -> str:
    """Why a run is no evidence any more; empty if it is."""
    if question.max_age is not None:
        oldest = report.oldest_reply
        if oldest is None:
            return "it does not tell when its replies were made"
        if (question.now - oldest).total_seconds() > seconds(question.max_age):
            return f"its oldest reply is of {oldest:%Y-%m-%d %H:%M} UTC, more than {question.max_age} ago"
    return why_another_model(store, run, report)


def why_another_model(store: Store, run: Run, report: Report) -> str:
    """Why the hosted model of a run is not what it was: a later answer of it bears another fingerprint."""
    seen: dict[str, dict[str, datetime]] = {}
    for fingerprint in report.fingerprints:
        seen.setdefault(fingerprint.model, {})[fingerprint.mark] = fingerprint.seen_at
    if not seen or "model" not in run.refs:
        return ""
    for later in store.runs.finished({"model": run.refs["model"]}, after=run.ended_at):
        other = report_of(later)
        for fingerprint in other.fingerprints if other else ():
            marks = seen.get(fingerprint.model)
            if marks and fingerprint.mark not in marks and fingerprint.seen_at > max(marks.values()):
                return (
                    f"{fingerprint.model} has changed: fingerprint {', '.join(sorted(marks))} then, "
                    f"{fingerprint.mark} in {later.id}"
                )
    return ""


def _judge(services: Services, question: Question, label: str, counting: list[tuple[Run, Report]]) -> Requirement:
    """What the first run's gates say."""
    run, report = continued(services.store, counting)
    standing = decide_now(services, run, report, question.spec, question.target)
    about = f"{run.id} of {run.started_at:%Y-%m-%d}"
    if run.id != counting[0][0].id:
        about += f" (goes on with {counting[0][0].id}, the first of {len(counting)} finished runs)"
    elif len(counting) > 1:
        about += f" (the first of {len(counting)} finished runs decides)"
    blocking = [decision for decision in standing.decisions if decision.outcome != "pass"]
    if not blocking:
        notes = [f"{gate.gate}: no baseline" for gate in standing.decisions if gate.reason.startswith("no baseline")]
        passed = f"{about}: {count(len(standing.decisions), 'gate')} passed on {count(report.cases, 'case')}"
        return Requirement(name=label, state="met", detail="; ".join([passed, *notes]), evidence=run.id)
    failed = [decision for decision in blocking if decision.outcome == "fail"]
    first = (failed or blocking)[0]
    detail = f"{about}: {first.gate} {'failed' if failed else 'is unknown'}: {first.reason}"
    if len(blocking) > 1:
        detail += f"; {len(blocking) - 1} more"
    return Requirement(
        name=label,
        state="not met" if failed else "unknown",
        detail=detail,
        command=f"llmops runs show {run.id}" if failed else _next_step(question, report, standing, blocking),
        evidence=run.id,
    )


def _next_step(question: Question, report: Report, standing: Standing, unknown: list[Decision]) -> str:
    """What to type where gates are unknown: evaluate what has no report, or add cases."""
    if standing.to_evaluate:
        return f"llmops eval {question.suite.name}@{question.suite.number} --target {standing.to_evaluate}"
    if any(decision.asked is not None for decision in unknown):
        return f"llmops judge sample {question.suite.name} --run {report.run_id} -o labels.csv"
    wanted = [decision.required_n for decision in unknown if decision.required_n]
    more = max(wanted, default=0) - report.cases
    if more <= 0:
        return f"llmops runs show {report.run_id}"
    return (
        f"add about {count(more, 'case')} to dataset/{question.spec.dataset.name}, then: llmops register; "
        f"llmops eval {question.suite.name} --target {_named(question.target)}"
    )


def _named(version: Version) -> str:
    return f"{version.kind}/{version.name}@{version.number}"
