"""Runs that a filter finds, as a table of what they recorded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from llmops.cli.output import emit_json, emit_table, say
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean

if TYPE_CHECKING:
    from llmops.domain.run import RunRecord
    from llmops.domain.run_query import Condition, RunQuery
    from llmops.storage.store import Store

MOST_COLUMNS: Final = 4  # of metrics, and of parameters


def list_found(
    store: "Store", text: str, orders: Sequence[str], narrowed: Mapping[str, Json], limit: int, *, as_json: bool
) -> None:
    """Print the runs that meet a filter and have the given values of attributes (None: any); a time is the earliest.

    Raises:
        InputError: the filter or an order cannot be read, or a target is given.
    """
    from llmops.domain.run_query import Both, RunQuery
    from llmops.tracking.filters import parse_filter, parse_order

    read = parse_filter(text)
    parts = [*([read] if read is not None else []), *_conditions(narrowed)]
    condition = Both(tuple(parts)) if parts else None
    query = RunQuery(condition, tuple(parse_order(order) for order in orders), limit)
    records = store.tracking.records(store.run_search.find(query))
    if as_json:
        emit_json([record.model_dump(mode="json", exclude={"run": {"summary"}}) for record in records])
        return
    metrics, params = _columns([record.metrics for record in records]), _columns([record.params for record in records])
    emit_table(
        ["run", "name", "experiment", "started (UTC)", "status", *metrics, *params],
        [_row(record, metrics, params) for record in records],
        empty="No such runs.",
    )
    if not records:
        tell_unknown(store, query)


def tell_unknown(store: "Store", query: "RunQuery") -> None:
    """Say which keys of a search no run has."""
    from llmops.domain.run_query import fields_of

    fields = dict.fromkeys([*fields_of(query.condition), *(order.field for order in query.orders)])
    for field in fields:
        if field.noun != "attributes" and field.key not in (known := store.run_search.keys(field.noun)):
            say(f"No run has {field}. {did_you_mean(field.key, known)}".rstrip())


def _conditions(narrowed: Mapping[str, Json]) -> "list[Condition]":
    from llmops.domain.run_query import Comparison, RunField

    if (target := narrowed.get("target")) is not None:
        raise InputError(
            "--target goes with neither --filter, --order-by nor --type training",
            hint=f"Write it into the filter: --filter \"params.target like '{target}%'\"",
        )
    return [
        Comparison(RunField("attributes", key), ">=" if isinstance(value, datetime) else "=", value)
        for key, value in narrowed.items()
        if value is not None
    ]


def _columns(found: Sequence[Mapping[str, Json]]) -> list[str]:
    """The keys that most of the runs have, few enough for a terminal."""
    counts: dict[str, int] = {}
    for values in found:
        for key in values:
            counts[key] = counts.get(key, 0) + 1
    return sorted(counts, key=lambda key: (-counts[key], key))[:MOST_COLUMNS]


def _row(record: "RunRecord", metrics: Sequence[str], params: Sequence[str]) -> list[str]:
    run = record.run
    shown = [run.id, run.name, run.experiment, f"{run.started_at:%Y-%m-%d %H:%M}", _status(record)]
    for key in metrics:
        metric = record.metrics.get(key)
        shown.append("–" if metric is None else "nan" if metric.value is None else f"{metric.value:.4g}")
    return [*shown, *(record.params.get(key, "–") for key in params)]


def _status(record: "RunRecord") -> str:
    """How a run stands; one whose process is gone never ended."""
    from llmops.cli.values import now
    from llmops.tracking.begin import is_lost

    return "never ended" if is_lost(record.run, now()) else record.run.status
