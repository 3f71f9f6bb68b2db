"""Training libraries record through their callbacks; each is tried where it is installed."""

import importlib.util
import warnings
from typing import Any

import numpy as np
import pytest

from llmops.core.errors import InputError
from llmops.domain.run import RunRecord
from llmops.integrations.training_callbacks import (
    EpochCallback,
    lightgbm_callback,
    lightning_callback,
    xgboost_callback,
)
from llmops.storage.store import Store
from tests.support.recording import make_recorder

X = np.arange(400, dtype=float).reshape(200, 2)
Y = np.array([0, 1] * 100)


def record_of(store: Store) -> RunRecord:
    (record,) = store.tracking.records(store.runs.runs(limit=1))
    return record


def test_epochs_of_any_loop_are_recorded(store: Store) -> None:
    with make_recorder(store) as run:
        callback: Any = EpochCallback(run)
        callback.set_params({"epochs": 2, "steps": None})
        callback.set_model(object())
        callback.on_train_begin()
        for epoch in range(2):
            callback.on_train_batch_end(0, logs={"loss": 9.0})
            callback.on_epoch_end(epoch, {"loss": 1.0 - epoch, "note": "text", "curve": [1]})
    found = record_of(store)
    assert found.params == {"epochs": "2"}
    assert set(found.metrics) == {"loss"}
    assert (found.metrics["loss"].value, found.metrics["loss"].step, found.metrics["loss"].count) == (0.0, 1, 2)
    assert not hasattr(callback, "fit")


def test_rounds_of_lightgbm_are_recorded(store: Store) -> None:
    class Round:
        params = {"num_leaves": 7}  # noqa: RUF012  # as LightGBM's own
        begin_iteration = 0

        def __init__(self, iteration: int, results: list[tuple[Any, ...]] | None) -> None:
            self.iteration, self.evaluation_result_list = iteration, results

    with make_recorder(store) as run:
        record = lightgbm_callback(run)
        record(Round(0, None))
        record(Round(1, [("valid", "auc", 0.75, True), ("cv_agg", "l2", 0.5, False, 0.1)]))
    found = record_of(store)
    assert found.params == {"num_leaves": "7"}
    assert {key: metric.value for key, metric in found.metrics.items()} == {
        "valid/auc": 0.75,
        "cv_agg/l2": 0.5,
        "cv_agg/l2/std": 0.1,
    }


def test_lightgbm_itself(store: Store) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    data = lightgbm.Dataset(X, Y)
    with make_recorder(store) as run:
        lightgbm.train(
            {"objective": "binary", "num_leaves": 3, "verbosity": -1, "num_threads": 1},
            data,
            num_boost_round=3,
            valid_sets=[data],
            valid_names=["train"],
            callbacks=[lightgbm_callback(run)],
        )
    found = record_of(store)
    assert found.params["num_leaves"] == "3"
    assert (found.metrics["train/binary_logloss"].count, found.metrics["train/binary_logloss"].step) == (3, 2)


def test_xgboost_itself(store: Store) -> None:
    xgboost = pytest.importorskip("xgboost")
    data = xgboost.DMatrix(X, Y)
    settings = {"objective": "binary:logistic", "nthread": 1, "max_depth": 1}
    with make_recorder(store) as run:
        xgboost.train(
            settings, data, num_boost_round=3, evals=[(data, "train")], verbose_eval=False,
            callbacks=[xgboost_callback(run)],
        )  # fmt: skip
        xgboost.cv(settings, data, num_boost_round=2, nfold=2, callbacks=[xgboost_callback(run)])
    found = record_of(store).metrics
    assert (found["train/logloss"].step, found["test/logloss/std"].count) == (2, 2)


def test_lightning_itself(store: Store) -> None:
    lightning = pytest.importorskip("pytorch_lightning")
    import torch

    class Line(lightning.LightningModule):  # type: ignore[misc,name-defined]  # known only where it is installed
        def __init__(self, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch: Any, index: int) -> Any:
            loss = self.layer(batch).pow(2).mean()
            self.log("loss", loss)
            return loss

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.01)

    with make_recorder(store) as run, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = lightning.Trainer(
            max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, callbacks=[lightning_callback(run)],
        )  # fmt: skip
        trainer.fit(Line(lr=0.01), torch.utils.data.DataLoader(torch.ones(4, 1), batch_size=2))
    found = record_of(store)
    assert found.params == {"lr": "0.01"}
    assert (found.metrics["loss"].count, found.metrics["loss"].step) == (2, 4)


@pytest.mark.parametrize(
    ("module", "package", "make"),
    [("xgboost", "xgboost", xgboost_callback), ("pytorch_lightning", "pytorch-lightning", lightning_callback)],
)
def test_a_library_that_is_not_installed_is_named(module: str, package: str, make: Any, store: Store) -> None:
    if importlib.util.find_spec(module) is not None:
        pytest.skip(f"{module} is installed")
    with pytest.raises(InputError, match=f"{module} is not installed") as caught:
        make(make_recorder(store))
    assert caught.value.hint == f"pip install {package}"
