"""Records fits of scikit-learn: the estimator's parameters, how long it took, its scores, and what a search tried."""

import time
from collections.abc import Mapping
from typing import Final, TypeVar

from llmops.core.hashing import Json
from llmops.tracking.recorder import MOST_VALUE, Recorder

Estimator = TypeVar("Estimator")

_TRIED: Final = ("params", "mean_test_score", "std_test_score", "rank_test_score", "mean_fit_time")


def fit_recorded(
    run: Recorder,
    estimator: Estimator,
    x: Json,
    y: Json = None,
    *,
    scored_on: Mapping[str, tuple[Json, Json]] | None = None,
) -> Estimator:
    """Fit an estimator and record it; returns the estimator.

    Args:
        run: the run that is open.
        estimator: any with `fit`, `get_params` and, to be scored, `score`; also pipelines and searches.
        x: what it is fitted on.
        y: the targets, where it takes some.
        scored_on: sets to score it on by what they are called, such as `{"test": (x, y)}`.
    """
    fitted: Json = estimator
    params = fitted.get_params(deep=True)
    # Parts of a pipeline stand in there whole, and each of their parameters once more by itself.
    plain = {key: value for key, value in params.items() if not hasattr(value, "get_params") and key != "steps"}
    run.log_params(
        {"estimator": type(estimator).__name__, **{key: str(value)[:MOST_VALUE] for key, value in plain.items()}}
    )
    began = time.perf_counter()
    fitted.fit(x) if y is None else fitted.fit(x, y)
    run.log_metric("fit_seconds", time.perf_counter() - began)
    for name, (inputs, targets) in (scored_on or {}).items():
        run.log_metric(f"{name}/score", fitted.score(inputs, targets))
    if hasattr(fitted, "cv_results_"):
        _record_search(run, fitted)
    return estimator


def _record_search(run: Recorder, search: Json) -> None:
    """The best candidate as parameters, and all of them as a table."""
    if hasattr(search, "best_score_"):
        run.log_metric("best_score", search.best_score_)
        run.log_params({f"best/{key}": str(value)[:MOST_VALUE] for key, value in search.best_params_.items()})
    columns = {key: list(values) for key, values in search.cv_results_.items() if key in _TRIED}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    run.log_table([{key: _plain(value) for key, value in row.items()} for row in rows], "search.json")


def _plain(value: Json) -> Json:
    return value.item() if hasattr(value, "item") else value
