"""From a suite's scorer specs to scorers: names resolved, arguments checked, services supplied.

A scorer's class is its schema: its dataclass fields, with their types, are the arguments that a suite may write. What the
program supplies instead, such as the embedder, is a field marked as a service, and is opened only when it is used.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import cast, get_type_hints

from pydantic import TypeAdapter, ValidationError

from llmops.core.callables import import_attribute
from llmops.core.errors import ExtraMissing, InputError
from llmops.core.hashing import Json, digest
from llmops.core.names import did_you_mean
from llmops.domain.evaluation import Case
from llmops.domain.judge import Judge
from llmops.domain.ports import Embedder, Scorer
from llmops.domain.suite import ScorerSpec
from llmops.evals.catalog import SCORERS
from llmops.evals.scorers.definition import SERVICE


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
    known = {f.name: f for f in fields(kind) if SERVICE not in f.metadata}  # type: ignore[arg-type]  # a dataclass
    supplied = {f.name: getattr(services, f.name) for f in fields(kind) if SERVICE in f.metadata}  # type: ignore[arg-type]
    for name in spec.arguments:
        if name not in known:
            takes = did_you_mean(name, [*known, "min", "max", "name"])
            raise InputError(f"scorer {spec.scorer!r} takes no argument {name!r}", hint=takes)
    for name, f in known.items():
        if name not in spec.arguments and f.default is MISSING and f.default_factory is MISSING:
            raise InputError(
                f"scorer {spec.scorer!r} needs the argument {name!r}", hint=f"{spec.scorer}: {{{name}: …}}"
            )
    types = get_type_hints(kind, include_extras=True)
    arguments = {name: _checked(spec, name, value, types[name]) for name, value in spec.arguments.items()}
    try:
        return kind(**arguments, **supplied)
    except ExtraMissing:
        raise
    except InputError as error:
        raise InputError(f"scorer {spec.scorer!r}: {error.message}", hint=error.hint) from error


def _checked(spec: ScorerSpec, name: str, value: Json, kind: Json) -> Json:
    """The value as its field's type; from JSON and strictly, so that "5" is no number and a list may be a tuple."""
    try:
        return TypeAdapter(kind).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        wanted = " or ".join(dict.fromkeys(found["msg"].removeprefix("Input should be ") for found in error.errors()))
        raise InputError(
            f"scorer {spec.scorer!r}: {name} is {value!r}; it should be {wanted}",
            hint=f"See docs/scorers.md for {spec.scorer}.",
        ) from error


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
