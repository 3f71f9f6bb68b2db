"""From a suite's scorer specs to scorers: names resolved, arguments checked, services supplied.

A scorer's class is its schema: its dataclass fields, with their types, are the arguments that a suite may write. What the
program supplies instead, such as the embedder, is a field marked as a service, and is opened only when it is used.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import cast

from llmops.core.arguments import Written, services_of
from llmops.core.callables import import_attribute
from llmops.core.errors import InputError
from llmops.core.hashing import Json, digest
from llmops.domain.evaluation import Case
from llmops.domain.judge import Judge
from llmops.domain.ports import Embedder, Scorer
from llmops.domain.suite import ScorerSpec
from llmops.evals.catalog import SCORERS


def no_judge() -> Judge:
    """Refuse to judge, where nobody does."""
    raise InputError("nobody judges here", hint="Judged scorers run in suites: llmops eval")


@dataclass(frozen=True, slots=True)
class Services:
    """What scorers may use. `embedder` opens the workspace's embedding model at its first call, and returns the same one
    after that, as `judge` does the suite's judge; `root` is the workspace folder, from which `module:function` scorers are
    imported."""

    embedder: Callable[[], Embedder]
    root: Path
    judge: Callable[[], Judge] = no_judge

    def build(self, name: str, arguments: Mapping[str, Json], judge: Judge) -> Scorer:
        """Load a scorer with a judge of its own; raises like `load_scorers`."""
        spec = ScorerSpec(scorer=name, label=name, arguments=dict(arguments))
        return load_scorer(spec, replace(self, judge=lambda: judge)).scorer


@dataclass(frozen=True, slots=True)
class LoadedScorer:
    """A scorer ready to run: what tables call it, and the bounds within which a value passes."""

    label: str
    scorer: Scorer
    min: float | None = None
    max: float | None = None

    @property
    def identity(self) -> str:
        """The digest of the scorer's identity: equal digests, comparable scores."""
        return digest("scorer", self.scorer.identity)

    @property
    def variants(self) -> "Sequence[LoadedScorer]":
        """This scorer, or where cases bring their own all of them."""
        return (self,)

    def of_case(self, case: Case) -> "LoadedScorer | None":
        """The scorer that scores a case: this one, or None where only some cases bring one."""
        return self


def load_scorers(specs: Sequence[ScorerSpec], services: Services) -> list[LoadedScorer]:
    """Load the scorers of a suite, in their order.

    Raises:
        InputError: an unknown scorer (with the nearest name), an unknown argument, an argument of the wrong type, a bound
            that the scorer's range cannot meet, or two scorers of one label. The message names the scorer.
        ExtraMissing: a scorer needs an optional dependency.
    """
    loaded: dict[str, LoadedScorer] = {}
    for spec in specs:
        if spec.label in loaded:
            raise InputError(
                f"two scorers are called {spec.label!r}", hint=f"Give one of them a name: {spec.scorer}: {{name: …}}"
            )
        loaded[spec.label] = load_scorer(spec, services)
    return list(loaded.values())


def load_scorer(spec: ScorerSpec, services: Services) -> LoadedScorer:
    """Load one scorer; raises like `load_scorers`."""
    factory = import_attribute(spec.scorer, services.root, "scorer") if ":" in spec.scorer else SCORERS.get(spec.scorer)
    if isinstance(factory, type) and is_dataclass(factory):
        scorer = _build(spec, cast(type[Scorer], factory), services)
    else:
        from llmops.evals.user import wrap_function  # few suites have such a scorer

        scorer = wrap_function(factory, name=spec.scorer, arguments=spec.arguments)
    _check_bounds(spec, scorer)
    return LoadedScorer(spec.label, scorer, spec.min, spec.max)


def check_spec(spec: ScorerSpec) -> None:
    """Check what can be known of a scorer without importing anybody's code; raises like `load_scorers`."""
    if ":" not in spec.scorer:
        load_scorer(spec, Services(embedder=_refuse_to_embed, root=Path()))


def _refuse_to_embed() -> Embedder:
    raise InputError("nothing is embedded here", hint="Scorers run in suites: llmops eval")


def _build(spec: ScorerSpec, kind: type[Scorer], services: Services) -> Scorer:
    """Check the arguments against the fields of a scorer's class, and construct it."""
    supplied = {name: getattr(services, name) for name in services_of(kind)}
    written = Written("scorer", spec.scorer, spec.arguments, "docs/scorers.md")
    return written.build(kind, supplied, also=("min", "max", "name"))


def _check_bounds(spec: ScorerSpec, scorer: Scorer) -> None:
    """Refuse bounds that every value or none can meet: a `min` of 70 for what ranges from 0 to 1."""
    if spec.min is not None and spec.max is not None and spec.min > spec.max:
        raise InputError(f"scorer {spec.label!r}: min {spec.min:g} is above max {spec.max:g}", hint="Exchange them.")
    if scorer.range is None:
        return
    low, high = scorer.range
    for name, bound in (("min", spec.min), ("max", spec.max)):
        if bound is not None and not low <= bound <= high:
            raise InputError(
                f"scorer {spec.label!r}: {name} {bound:g} lies outside its range {low:g} to {high:g}",
                hint=f"Write a {name} between {low:g} and {high:g}.",
            )
