"""The cases that a suite asks: all of its dataset, or those of its split."""

from collections import Counter

from llmops.core.errors import InputError
from llmops.core.names import did_you_mean
from llmops.domain.suite import SuiteSpec
from llmops.flows.services import Services
from llmops.registry.datasets import StoredCases


def chosen_cases(services: Services, spec: SuiteSpec) -> StoredCases:
    """The cases of a suite.

    Raises:
        InputError: none belongs to the split.
    """
    cases = services.registry.cases(spec.dataset)
    split = spec.split
    if split is None:
        return cases
    chosen = cases.where(lambda case: split.holds(case.cluster, case.metadata))
    if not len(chosen):
        known = Counter(str(case.metadata["split"]) for case in cases if "split" in case.metadata)
        hint = did_you_mean(split.name or "", known) if known and split.name else "Write metadata.split into its cases."
        if split.name is None:
            hint = f"It has {len(cases)} cases; take a larger share."
        raise InputError(f"no case of dataset/{spec.dataset.name} belongs to the split {split}", hint=hint)
    return chosen
