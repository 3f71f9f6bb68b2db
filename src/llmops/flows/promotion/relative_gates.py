"""Decides a finished run's gates against what their baselines are now.

`no_worse_than: production` means what production holds when the version is promoted, which may be another version than at
the time of the run. All scores are in the store, so nothing is asked again and there is no second try. Gates that demand a
measured judge are decided on what people have said about the run's outputs by now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmops.core.errors import InputError
from llmops.core.names import Ref
from llmops.domain.artifact import Version
from llmops.domain.report import Decision, Report
from llmops.domain.run import Run
from llmops.domain.suite import SuiteSpec
from llmops.evals.gates.decide import decide, describe
from llmops.evals.gates.rulings import state
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.evals.remembered import remember_scorers
from llmops.flows.evaluation.baselines import as_baseline, find_evidence, name_baseline
from llmops.flows.evaluation.deciding import decide_again
from llmops.flows.evaluation.standing_report import gather, standing_report
from llmops.flows.evaluation.targets import LARGER, identify
from llmops.flows.services import Services


@dataclass(frozen=True, slots=True)
class Standing:
    """The decisions as they stand; `to_evaluate` names a version that has no report to compare with."""

    decisions: Sequence[Decision]
    to_evaluate: str = ""


def decide_now(services: Services, run: Run, report: Report, spec: SuiteSpec, target: Version) -> Standing:
    """Decide the gates of a finished run; those without a baseline are as its report says."""
    names = sorted({gate.no_worse_than for gate in spec.gates if gate.no_worse_than})
    if not names:
        stands = standing_report(services.store, run) or report
        return Standing(stands.decisions)
    baselines: dict[str, Baseline | None] = {}
    settled: dict[str, Decision] = {}
    to_evaluate = ""
    seeker = _Seeker(services, run, report, spec, target)
    for name in names:
        try:
            found: Baseline | Decision | Ref | None = seeker.find(name)
        except InputError as error:
            found = state(name, "unknown", error.message)
        if isinstance(found, Ref):
            to_evaluate = str(found)
            found = state(name, "unknown", f"{found} has no report with this suite to compare with")
        if isinstance(found, Decision):
            settled[name] = found
        else:
            baselines[name] = found
    decided = _decide(services, run, report, spec, baselines)
    return Standing(
        tuple(
            settled[gate.no_worse_than].model_copy(update={"gate": describe(gate)})
            if gate.no_worse_than in settled
            else decision
            for gate, decision in zip(spec.gates, decided, strict=True)
        ),
        to_evaluate,
    )


def _decide(
    services: Services, run: Run, report: Report, spec: SuiteSpec, baselines: Mapping[str, Baseline | None]
) -> Sequence[Decision]:
    """By the numbers of a whole run, and by the bets of one that stopped when it was decided."""
    results, scorers = services.store.runs.results(run.id), remember_scorers(report)
    if report.betting is None:
        observed = Observations.of(results)
        labelled = gather(services.store, run, report)
        return decide(
            spec.gates, observed, scorers, baselines=baselines, max_missing=spec.max_missing, labelled=labelled
        )
    return decide_again(
        spec,
        services.registry.cases(spec.dataset),
        scorers,
        results,
        repeats=run.parameters["repeats"],
        seed=report.betting.seed,
        baselines=baselines,
    )


@dataclass(frozen=True, slots=True)
class _Seeker:
    """Finds the baselines of one run."""

    services: Services
    run: Run
    report: Report
    spec: SuiteSpec
    target: Version

    def find(self, name: str) -> Baseline | Decision | Ref | None:
        """A baseline; None where nothing holds it, the Ref of what has no report, or a decision that needs none."""
        named = name_baseline(self.services, Ref(self.target.kind, self.target.name), name, required=False)
        if named is None:
            return None
        run = named.run
        if run is None:
            assert named.ref is not None
            held = self.services.registry.lookup.version(named.ref)
            if held.digest == self.target.digest:
                return state(name, "pass", f"{named.ref} is this very version")
            beside = self._beside(name, held)
            if beside is not None:
                return beside
            run = self._run_of(held)
            if run is None:
                return named.ref.at(held.number)
        return as_baseline(self.services.store, name, run)

    def _run_of(self, held: Version) -> Run | None:
        about = {key: self.run.refs[key] for key in ("suite", "dataset")}
        about |= identify(held, self.spec.target, self.services.settings.models.default)
        identities = {score.label: score.identity for score in self.report.scores}
        without = LARGER.get(held.kind, ())
        store, decided_too = self.services.store, self.report.betting is not None
        return find_evidence(store, about, self.run.parameters, identities, without=without, decided_too=decided_too)

    def _beside(self, name: str, held: Version) -> Baseline | None:
        """What was asked of a version beside the run; None where it was another."""
        other = self.run.parameters.get("beside", {}).get(name)
        if other is None or self.run.parameters["against"].get(name) != held.digest:
            return None
        store = self.services.store
        return as_baseline(store, name, store.runs.get(other), whole=False)
