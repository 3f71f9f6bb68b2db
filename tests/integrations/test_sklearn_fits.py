"""Fits of scikit-learn become runs."""

import json

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from llmops.domain.run import RunRecord
from llmops.integrations.sklearn_fits import fit_recorded
from llmops.storage.store import Store
from tests.support.recording import make_recorder

X = np.arange(40, dtype=float).reshape(20, 2)
Y = np.array([0, 1] * 10)


def record_of(store: Store) -> RunRecord:
    (record,) = store.tracking.records(store.runs.runs(limit=1))
    return record


def test_a_pipeline_is_recorded_with_the_parameters_of_its_parts(store: Store) -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
    with make_recorder(store) as run:
        fitted = fit_recorded(run, pipeline, X, Y, scored_on={"test": (X, Y)})
    assert fitted is pipeline
    found = record_of(store)
    assert (found.params["estimator"], found.params["logisticregression__C"]) == ("Pipeline", "0.5")
    assert not {"steps", "logisticregression"} & set(found.params)
    assert found.metrics["test/score"].value == pipeline.score(X, Y)
    assert (found.metrics["fit_seconds"].value or 0) > 0


def test_a_search_is_recorded_with_its_candidates(store: Store) -> None:
    with make_recorder(store) as run:
        fit_recorded(run, GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2), X, Y)
    found = record_of(store)
    assert found.params["best/C"] in ("0.1", "1.0")
    (table,) = [file for file in found.files if file.path == "search.json"]
    rows = json.loads(store.blobs.get(table.digest))
    assert [row["params"] for row in rows] == [{"C": 0.1}, {"C": 1.0}]
    assert max(row["mean_test_score"] for row in rows) == found.metrics["best_score"].value


def test_an_estimator_without_targets_is_fitted(store: Store) -> None:
    with make_recorder(store) as run:
        fit_recorded(run, StandardScaler(), X)
    assert record_of(store).params["with_mean"] == "True"
