"""Rows of the log as interactions: built from their columns in one step, as a monitor reads millions of them."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Row

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import Interaction
from llmops.storage.tables.interactions import INTERACTIONS

_RENAMED: Final = {"user_hash": "user", "session_hash": "session"}
_FIELDS: Final = tuple(_RENAMED.get(column.name, column.name) for column in INTERACTIONS.columns)
_USED: Final = ("prompt_tokens", "completion_tokens", "cost", "latency", "first_token")


def interaction_of(row: "Row[tuple[Json, ...]] | Sequence[Json]", texts: Sequence[str] = ()) -> Interaction:
    """An interaction from the columns of its table, in their order, and those of its body that are called `texts`, if it has
    one."""
    fields: dict[str, Json] = dict(zip(_FIELDS, row, strict=False))
    del fields["seq"], fields["version"]
    fields["usage"] = {name: fields.pop(name) for name in _USED}
    fields["refs"], fields["metadata"] = json.loads(fields["refs"]), json.loads(fields["metadata"])
    return Interaction.model_validate(fields | texts_of(row[len(_FIELDS) :], texts))


def texts_of(body: Sequence[Json], texts: Sequence[str]) -> dict[str, Json]:
    """Fields of an interaction from columns of its body."""
    return {name: _read(name, value) for name, value in zip(texts, body, strict=False) if value is not None}


def _read(name: str, kept: str) -> Json:
    if name == "contexts":
        return _contexts().validate_json(kept) if kept != "[]" else ()
    if name == "output":
        return kept
    return tuple(json.loads(kept)) if name == "verdicts" else json.loads(kept)


@lru_cache(maxsize=1)
def _contexts() -> TypeAdapter[tuple[Context, ...]]:
    return TypeAdapter(tuple[Context, ...])
