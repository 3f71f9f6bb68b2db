"""A store with apps, a suite and reports to promote on; reports are made of given scores by the real gates, in no time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from llmops.core.hashing import Json, digest
from llmops.core.names import Kind, Ref
from llmops.core.settings import load_settings
from llmops.domain.artifact import Actor, Origin, Version
from llmops.domain.promotion import PromotionRule, RuleKey
from llmops.domain.requirement import Requirement
from llmops.domain.run import Run
from llmops.domain.suite import SuiteSpec
from llmops.evals.gates.decide import decide, leave_open
from llmops.evals.observations import Observations
from llmops.evals.reports.report import RunFacts, build_report
from llmops.flows.promotion.promote import PromoteOptions, Promotion, promote
from llmops.flows.promotion.requirements import check
from llmops.flows.services import Services
from llmops.registry.artifacts import Registry
from llmops.storage.store import Store
from tests.support.eval_runs import binary, loaded

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADA, BOB, EVE = (Actor(name=f"{name}@example.com", source="LLMOPS_ACTOR") for name in ("ada", "bob", "eve"))
ABSOLUTE: tuple[Json, ...] = ({"scorer": "contains", "min": 0.8},)
RELATIVE: tuple[Json, ...] = ({"scorer": "contains", "no_worse_than": "production", "margin": 0.1},)


@dataclass
class Stage:
    """Where versions are promoted. Ada is the author of all of them."""

    store: Store
    root: Path
    runs: int = field(default=0)

    @property
    def services(self) -> Services:
        """Services that have seen nothing yet."""
        settings = load_settings(self.root, {})
        return Services(self.root, settings, self.store, Registry(self.store, self.root, settings))

    def add(self, kind: Kind, name: str, content: Json, author: str = ADA.name) -> Version:
        """Add a version."""
        origin = Origin(author=author)
        return self.store.versions.add(kind, name, digest(kind, content), content, origin, NOW)[0]

    def app(self, number: int = 1, *, author: str = ADA.name) -> Version:
        """Version `number` of app/docs, with those before it."""
        for one in range(1, number + 1):
            found = self.add("app", "docs", _app(f"answers in style {one}"), author)
        return found

    def prompt(self, number: int = 1, **content: Json) -> Version:
        """Version `number` of prompt/answer, with those before it."""
        for one in range(1, number + 1):
            found = self.add("prompt", "answer", {"body": f"Answer {one}.", **content})
        return found

    def suite(self, gates: tuple[Json, ...] = ABSOLUTE, *, repeats: int = 1, target: Json = None) -> Version:
        """A version of suite/docs."""
        pin = {"name": "docs", "digest": digest("dataset", "cases")}
        content = {
            "target": target or {"app": "docs"},
            "dataset": pin,
            "repeats": repeats,
            "scorers": [{"scorer": "contains", "label": "contains"}],
            "gates": list(gates),
        }
        return self.add("suite", "docs", SuiteSpec.model_validate(content).model_dump(mode="json", exclude_unset=True))

    def rule(self, alias: str = "production", pattern: str = "", **keys: Json) -> None:
        """Put a rule in force, beside those that are; whoever must approve does."""
        rules = {**self.store.rules.in_force(), RuleKey(alias, pattern): PromotionRule.model_validate(keys)}
        sequence = self.store.rules.sequence()
        self.store.rules.change(rules, actor=ADA, reason="", now=NOW, expected_sequence=sequence)
        while (waiting := self.store.rules.pending()) is not None:
            somebody = Actor(name=f"approver {waiting.missing}", source="argument")
            self.store.rules.approve_pending(waiting.digest, actor=somebody, reason="", now=NOW)

    def evaluate(
        self,
        target: Version,
        passes: int = 95,
        failures: int = 5,
        *,
        days: float = 0.0,
        lasting: float = 0.0,
        status: str = "finished",
        refs: Mapping[str, str] | None = None,
        parameters: Mapping[str, Json] | None = None,
        **answers: Json,
    ) -> Run:
        """Store a run of the latest suite on a version, so many days after NOW; `answers` are fields of its results."""
        suite = self.store.versions.latest("suite", "docs")
        assert suite is not None
        spec, at = SuiteSpec.model_validate(suite.content), NOW + timedelta(days=days)
        self.runs += 1
        run = Run(
            id=f"run-{self.runs}",
            name="docs",
            started_at=at,
            refs={"suite": suite.digest, "dataset": spec.dataset.digest, target.kind: target.digest, **(refs or {})},
            parameters={"target": f"{target.kind}/{target.name}", "repeats": 1, "cases": passes + failures}
            | dict(parameters or {}),
        )
        results = binary(passes, failures, **{"at": at, "model": run.refs.get("model", "offline/echo"), **answers})
        results += [one.model_copy(update={"repeat": 1}) for one in results] * (run.parameters["repeats"] - 1)
        observed, scorers = Observations.of(results), [loaded()]
        limited = "limit" in run.parameters
        decisions = leave_open(spec.gates, "limited") if limited else decide(spec.gates, observed, scorers)
        facts = RunFacts(run.id, "docs", str(run.parameters["target"]), at, 1.0, run.refs)
        report = build_report(facts, observed, scorers, decisions=decisions)
        self.store.runs.start(run)
        self.store.runs.add_results(run.id, results)
        if status != "running":
            ended = at + timedelta(days=lasting, minutes=1)
            self.store.runs.finish(run.id, status, report.model_dump(mode="json"), ended)  # type: ignore[arg-type]
        return self.store.runs.get(run.id)

    def hold(self, target: Version, alias: str = "production") -> None:
        """Let an alias hold a version, whatever the rules say."""
        held = self.store.aliases.get(target.kind, target.name, alias)
        expected = held.number if held else None
        self.store.aliases.move(target, alias, expected=expected, actor=ADA, reason="", now=NOW)

    def check(self, target: Version, *, days: float = 0.0, alias: str = "production") -> dict[str, Requirement]:
        """The requirements by name."""
        found = check(self.services, target, alias, NOW + timedelta(days=days))
        return {item.name: item for item in found}

    def promote(
        self, target: Version, alias: str = "production", *, actor: Actor = ADA, days: float = 0.0, **options: Json
    ) -> Promotion:
        """Promote a version."""
        ref = Ref(target.kind, target.name, str(target.number))
        now = NOW + timedelta(days=days)
        return promote(self.services, ref, alias, options=PromoteOptions(**options), actor=actor, now=now)


def _app(description: str) -> Json:
    pin = {"name": "answer", "digest": digest("prompt", "answer")}
    return {"description": description, "prompt": pin, "model": "offline/echo", "parameters": {}, "fallbacks": []}
