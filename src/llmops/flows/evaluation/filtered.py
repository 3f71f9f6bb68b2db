"""Filters of an evaluation's questions: what a suite takes from each case, as a service would take it from whoever asks.

`filters: {tenant: metadata.tenant, lang: en}` in the target: a text that names `metadata.…` or `inputs.…` is what the case says
there, anything else is meant as it stands. What a case says in `inputs.filters` holds beside it, and instead of it for the same
key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case
from llmops.domain.interaction import Reply
from llmops.domain.ports import Asked
from llmops.flows.serving.filters import FILTERS, read_filters

_ROOTS: Final = ("metadata", "inputs")


@dataclass(frozen=True, slots=True)
class FilteredTarget:
    """Asks a target with the filters of each case."""

    target: Asked
    filters: Mapping[str, Json]

    @property
    def refs(self) -> Mapping[str, str]:
        """Those of the target; the filters are in the suite's digest."""
        return self.target.refs

    async def answer_case(self, case: Case, *, repeat: int = 0) -> Reply:
        """Answer a case under its filters.

        Raises:
            InputError: the case does not say what a filter shall be.
        """
        own = read_filters(case.inputs) or {}
        taken = {key: _taken(value, key, case) for key, value in self.filters.items() if key not in own}
        return await self.target.answer({**case.inputs, FILTERS: {**taken, **own}}, repeat=repeat)

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Answer inputs that bring their filters."""
        return await self.target.answer(inputs, repeat=repeat)


def _taken(value: Json, key: str, case: Case) -> Json:
    root, dot, rest = value.partition(".") if isinstance(value, str) else ("", "", "")
    if not dot or root not in _ROOTS:
        return value
    found: Json = case.metadata if root == "metadata" else case.inputs
    for part in rest.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise InputError(
                f"case {case.id!r} has no {value}, which the suite filters by as {key!r}",
                hint=f"Give the case {value}, or `filters` among its inputs.",
            )
        found = found[part]
    return found
