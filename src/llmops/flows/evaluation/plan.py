"""A suite made ready to run: refs resolved, scorers loaded, the target opened. Nothing has been asked yet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from llmops.core.hashing import Json
from llmops.core.names import WORKING, Ref
from llmops.domain.evaluation import Case
from llmops.domain.judge import Judge
from llmops.domain.report import JudgeSummary
from llmops.domain.spending import Budget
from llmops.domain.suite import SuiteSpec
from llmops.evals.allowance import Allowance
from llmops.evals.case_scorers import load_case_scorers
from llmops.evals.gates.decide import check_gates
from llmops.evals.loading import LoadedScorer, load_scorers
from llmops.evals.loading import Services as ScoringServices
from llmops.flows.evaluation.budgets import refuse_unknown_prices
from llmops.flows.evaluation.judging import judge_ref, summarise_judges
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.splits import chosen_cases
from llmops.flows.evaluation.targets import OpenTarget, open_target
from llmops.flows.judges import open_judge
from llmops.flows.services import Services
from llmops.flows.serving.chat import Responder

# The options that say what a run is, beside how fast and how far it goes.
ASKED: Final = ("target", "model", "repeats", "limit", "compare", "until_decided")


@dataclass(frozen=True, slots=True)
class Plan:
    """A suite made ready: everything that can be wrong with the files has been found. `refs` are the digests it runs on,
    `ref` is how the suite was named, `keeper` the judge as it is asked once before the first case, always through the reply
    cache."""

    ref: Ref
    suite: str
    spec: SuiteSpec
    cases: Sequence[Case]
    scorers: Sequence[LoadedScorer]
    target: OpenTarget
    refs: Mapping[str, str]
    repeats: int
    options: EvalOptions
    judge: JudgeSummary | None = None
    keeper: Callable[[], Judge] | None = None
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Json]:
        """What the run says about how it was run; `asked` and `scorers` are what resuming it needs."""
        asked = {name: value for name in ASKED if (value := getattr(self.options, name)) is not None}
        values: dict[str, Json] = {
            "target": self.target.name,
            "repeats": self.repeats,
            "limit": self.options.limit,
            "compare": self.options.compare,
            "cases": len(self.cases),
            "asked": {"suite": str(self.ref), **asked},
            "scorers": {loaded.label: loaded.identity for loaded in self.scorers},
        }
        return {key: value for key, value in values.items() if value is not None}

    @property
    def budget(self) -> Budget | None:
        """What the run may take: what the options say, else the suite."""
        return self.options.budget or self.spec.budget

    @property
    def models(self) -> tuple[str, ...]:
        """The models that it may ask, as target and as judges."""
        asked = self.target.responder
        answering = [name for name, _ in asked.models] if isinstance(asked, Responder) else []
        return (*answering, *(self.judge.models if self.judge else ()))

    @property
    def jobs(self) -> int:
        """How many answers the whole run has."""
        return len(self.cases) * self.repeats

    @property
    def baselines(self) -> list[str]:
        """The names of the baselines that gates and `--compare` measure against."""
        wanted = {gate.no_worse_than for gate in self.spec.gates if gate.no_worse_than}
        return sorted({*wanted, *([self.options.compare] if self.options.compare else [])})


def make_plan(services: Services, suite: Ref, options: EvalOptions) -> Plan:
    """Make a suite ready.

    Raises:
        InputError: a file, ref, scorer or gate cannot be used, or a budget cannot be kept.
    """
    resolved = services.registry.resolve(suite)
    spec = resolved.spec(SuiteSpec)
    working = suite.selector in (None, WORKING)
    asked = open_judge(services, spec.judge, cached=options.use_cache, working=working)
    keeper = open_judge(services, spec.judge, working=working)
    scoring = ScoringServices(services.embedder, services.root, asked)
    scorers = load_scorers(spec.scorers, scoring)
    cases = chosen_cases(services, spec)
    if cases.may_bring_scorers:
        scorers += load_case_scorers(cases, scoring, taken=scorers)
    judge = summarise_judges([own for loaded in scorers for own in loaded.variants])
    check_gates(spec.gates, scorers)
    target = open_target(services, spec.target, override=options.target, model=options.model, cached=options.use_cache)
    target.check(cases, scorers)
    refs = {"suite": resolved.digest, "dataset": spec.dataset.digest, **target.responder.refs, **judge_ref(judge)}
    repeats = options.repeats or spec.repeats
    chosen = cases[: options.limit]
    plan = Plan(suite, resolved.name, spec, chosen, scorers, target, refs, repeats, options, judge, keeper)
    refuse_unknown_prices(services, plan.budget, plan.models)
    return plan if options.allowance else replace(plan, options=replace(options, allowance=Allowance(plan.budget)))
