"""Comparing and plotting what runs recorded, a few or thousands of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmops.cli.output import emit_json, say
from llmops.core.errors import InputError, NotFound
from llmops.core.names import did_you_mean

if TYPE_CHECKING:
    from llmops.domain.run import Run
    from llmops.domain.run_query import Condition
    from llmops.storage.store import Store
    from llmops.tracking.compare import Contrast
    from llmops.tracking.comparison_page import Points

MOST_RUNS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown: these metrics (all that are not the machine's, where there are none), and where to."""

    metrics: Sequence[str] = ()
    output: Path | None = None
    as_json: bool = False


def found_runs(store: "Store", text: str, orders: Sequence[str], limit: int, name: str = "") -> "list[Run]":
    """The runs that meet a filter, in an order; `name` is theirs or that of their experiment.

    Raises:
        InputError: the filter or an order cannot be read.
        NotFound: there is none.
    """
    from llmops.domain.run_query import Both, RunQuery
    from llmops.tracking.filters import parse_filter, parse_order

    read = parse_filter(text)
    parts = [read] if read is not None else [_is("type", "training")]
    if name:
        parts.append(_is_called(name))
    runs = store.run_search.find(RunQuery(Both(tuple(parts)), tuple(parse_order(order) for order in orders), limit))
    if not runs:
        raise NotFound("no run meets this", hint="See what there is: llmops runs list --type training")
    return runs


def is_recorded(store: "Store", name: str) -> bool:
    """Whether trainings have this name or experiment, and no evaluation does."""
    from llmops.domain.run_query import Both, RunQuery

    if store.runs.runs("eval", name, 1):
        return False
    return bool(store.run_search.find(RunQuery(Both((_is("type", "training"), _is_called(name))), limit=1)))


def only_one(paths: Sequence[Path]) -> Path | None:
    """The file to write, where there is one.

    Raises:
        InputError: there are several.
    """
    if len(paths) > 1:
        raise InputError("recorded runs are written as one page", hint=f"Write -o {paths[0].with_suffix('.html').name}")
    return paths[0] if paths else None


def compare_recorded(store: "Store", runs: "Sequence[Run]", wanted: Wanted) -> None:
    """Print what tells runs apart, or write a page about them.

    Raises:
        InputError: there are fewer than two, one stands there twice, or none has a metric that is wanted.
    """
    if len(runs) < 2:
        raise InputError("a comparison needs two runs", hint="llmops runs compare BASELINE CANDIDATE")
    if len({run.id for run in runs}) < len(runs):
        raise InputError("a run stands here twice", hint="Name different runs; list them with: llmops runs list")
    found = _contrast(store, runs, wanted)
    if wanted.output is not None:
        _save(store, found, wanted.output)
    elif wanted.as_json:
        from llmops.tracking.compare import contrast_json

        emit_json(contrast_json(found))
    else:
        from llmops.tracking.comparison_terminal import print_contrast

        print_contrast(found)


def plot_recorded(store: "Store", runs: "Sequence[Run]", wanted: Wanted) -> None:
    """Print the curves of runs, or write a page about them.

    Raises:
        InputError: none of them has a metric that is wanted.
    """
    found = _contrast(store, runs, wanted)
    if wanted.output is not None:
        _save(store, found, wanted.output)
        return
    histories = _histories(store, found)
    if wanted.as_json:
        emit_json([
            {"run": record.run.id, "name": record.run.name, "curves": {
                key: [{"step": step, "value": value} for step, value in points[record.run.id]]
                for key, points in histories.items() if record.run.id in points
            }}
            for record in found.records
        ])  # fmt: skip
        return
    from llmops.tracking.comparison_terminal import print_curves

    print_curves(found, histories)


def _is(key: str, value: str) -> "Condition":
    from llmops.domain.run_query import Comparison, RunField

    return Comparison(RunField("attributes", key), "=", value)


def _is_called(name: str) -> "Condition":
    from llmops.domain.run_query import Either

    return Either((_is("name", name), _is("experiment", name)))


def _contrast(store: "Store", runs: "Sequence[Run]", wanted: Wanted) -> "Contrast":
    from llmops.tracking.compare import contrast

    records = store.tracking.records(runs)
    known = sorted({key for record in records for key in record.metrics})
    for key in wanted.metrics:
        if key not in known:
            raise InputError(f"none of these runs has a metric {key!r}", hint=did_you_mean(key, known))
    return contrast(records, wanted.metrics)


def _histories(store: "Store", found: "Contrast") -> "dict[str, Points]":
    from llmops.tracking.comparison_page import MOST_CURVES, MOST_POINTS, curve_keys

    ids = [record.run.id for record in found.records[:MOST_CURVES]]
    return {key: store.tracking.curves(ids, key, MOST_POINTS) for key in curve_keys(found)}


def _save(store: "Store", found: "Contrast", path: Path) -> None:
    from llmops.evals.reports.saving import check_page, save_page
    from llmops.tracking.comparison_page import comparison_page

    check_page(path)
    names = list(dict.fromkeys(record.run.experiment or record.run.name for record in found.records))
    title = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    save_page(comparison_page(found, _histories(store, found), title=title), path)
    say(f"Written: {path}")
