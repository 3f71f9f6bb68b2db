"""Filters of a question travel among its inputs, as `filters`: to whoever answers, and to nobody that is not to see them."""

from collections.abc import Mapping
from typing import Final

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.filters import Filters

FILTERS: Final = "filters"


def read_filters(inputs: Mapping[str, Json]) -> Filters | None:
    """The filters among the inputs of a question; None where there are none.

    Raises:
        InputError: they are no map.
    """
    found = inputs.get(FILTERS)
    if found is None:
        return None
    if not isinstance(found, Mapping):
        raise InputError(
            f"the filters of a question are a map, not {type(found).__name__}", hint='For example {"tenant": "a"}.'
        )
    return found
