"""Scorers that single cases bring: each distinct one is loaded once, and those of one label share a row of the report.

What such a scorer is told (`value`, `pattern` …) is of its case, as expectations are. So the identity of a row leaves arguments
out, and a case more or a changed text does not part a run from its baseline.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from llmops.core.errors import InputError
from llmops.core.hashing import canonical_json, digest
from llmops.domain.evaluation import Case
from llmops.domain.suite import ScorerSpec
from llmops.evals.loading import LoadedScorer, Services, load_scorer


@dataclass(frozen=True, slots=True)
class CaseScorer(LoadedScorer):
    """The scorers of one label, of which each case that brings one has its own. `scorer` is one of them."""

    own: Mapping[bytes, LoadedScorer] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The digest of what all of them are."""
        identity = self.scorer.identity
        if isinstance(identity, dict):
            identity = {key: value for key, value in identity.items() if key != "arguments"}
        return digest("scorer", {"of single cases": identity})

    @property
    def variants(self) -> Sequence[LoadedScorer]:
        """The distinct scorers of all cases."""
        return tuple(self.own.values())

    def of_case(self, case: Case) -> LoadedScorer | None:
        """The one that a case brings, if any."""
        return next((self.own[_key(spec)] for spec in case.scorers if spec.label == self.label), None)


def load_case_scorers(
    cases: Iterable[Case], services: Services, *, taken: Sequence[LoadedScorer] = ()
) -> list[CaseScorer]:
    """Load the scorers that cases bring, sorted by label.

    Args:
        cases: walked through once.
        services: what scorers may use.
        taken: the suite's own scorers.

    Raises:
        InputError: a label that the suite has too, or that means another scorer in another case; or a scorer that cannot be
            loaded, as in `load_scorers`. The message names the case.
    """
    names = {loaded.label for loaded in taken}
    found: dict[str, dict[bytes, LoadedScorer]] = {}
    kinds: dict[str, str] = {}
    for case in cases:
        for spec in case.scorers:
            own = found.setdefault(spec.label, {})
            key = _key(spec)
            if key not in own:
                own[key] = _load(case, spec, services, names, kinds)
    return [
        CaseScorer(label=label, scorer=next(iter(own.values())).scorer, own=own) for label, own in sorted(found.items())
    ]


def specs_of_cases(cases: Iterable[Case]) -> list[ScorerSpec]:
    """The distinct scorers that cases bring."""
    return list({_key(spec): spec for case in cases for spec in case.scorers}.values())


def _load(case: Case, spec: ScorerSpec, services: Services, names: set[str], kinds: dict[str, str]) -> LoadedScorer:
    hint = f"Give it another name in the dataset: {spec.scorer}: {{name: own_{spec.label}}}"
    if spec.label in names:
        raise InputError(f"case {case.id!r} has a scorer called {spec.label!r}, as the suite has", hint=hint)
    if kinds.setdefault(spec.label, spec.scorer) != spec.scorer:
        kind = kinds[spec.label]
        raise InputError(f"case {case.id!r}: {spec.label!r} is {spec.scorer} here and {kind} elsewhere", hint=hint)
    try:
        return load_scorer(spec, services)
    except InputError as error:
        error.message = f"case {case.id!r}: {error.message}"
        raise


def _key(spec: ScorerSpec) -> bytes:
    return canonical_json(spec.model_dump(mode="json", exclude_defaults=True))
