"""Callbacks that record what training libraries report, into a run of `ws.run(…)`.

| library | pass |
|---|---|
| LightGBM | `callbacks=[lightgbm_callback(run)]` |
| XGBoost | `callbacks=[xgboost_callback(run)]` |
| PyTorch Lightning | `Trainer(callbacks=[lightning_callback(run)])` |
| whatever calls `on_epoch_end(epoch, logs)`, as Keras does | `callbacks=[EpochCallback(run)]` |

No library is imported before its callback is made. Values that are no number are left out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.tracking.recorder import Recorder

if TYPE_CHECKING:
    from pytorch_lightning import Callback
    from xgboost.callback import TrainingCallback


class BoostingRound(Protocol):
    """What LightGBM tells its callbacks after a round."""

    @property
    def params(self) -> Mapping[str, Json]:
        """The parameters of the training."""
        ...

    @property
    def iteration(self) -> int:
        """The round, counted from `begin_iteration`."""
        ...

    @property
    def begin_iteration(self) -> int:
        """The first round."""
        ...

    @property
    def evaluation_result_list(self) -> Sequence[Sequence[Json]] | None:
        """Data, metric, value, whether higher is better, and of a cross-validation the deviation."""
        ...


def lightgbm_callback(run: Recorder) -> Callable[[BoostingRound], None]:
    """Record the parameters once and every evaluation as `DATA/METRIC`; of `lgb.cv` the mean, and its deviation as `…/std`."""

    def record(round_: BoostingRound) -> None:
        if round_.iteration == round_.begin_iteration:
            run.log_params(round_.params)
        for data, metric, value, _, *deviation in round_.evaluation_result_list or ():
            run.log_metric(f"{data}/{metric}", value, round_.iteration)
            if deviation:
                run.log_metric(f"{data}/{metric}/std", deviation[0], round_.iteration)

    return record


def xgboost_callback(run: Recorder) -> "TrainingCallback":
    """Record every evaluation as `DATA/METRIC`; of `xgb.cv` the mean, and its deviation as `…/std`.

    Raises:
        InputError: xgboost is not installed.
    """
    try:
        from xgboost.callback import TrainingCallback
    except ImportError as error:
        raise _absent("xgboost", "xgboost") from error

    class _RunCallback(TrainingCallback):  # type: ignore[misc]  # xgboost has no types where it is not installed
        def after_iteration(self, model: Json, epoch: int, evals_log: Mapping[str, Mapping[str, Json]]) -> bool:
            for data, metrics in evals_log.items():
                for metric, values in metrics.items():
                    value, *deviation = values[-1] if isinstance(values[-1], tuple) else (values[-1],)
                    run.log_metric(f"{data}/{metric}", value, epoch)
                    if deviation:
                        run.log_metric(f"{data}/{metric}/std", deviation[0], epoch)
            return False  # go on

    return _RunCallback()


def lightning_callback(run: Recorder) -> "Callback":
    """Record the hyperparameters of the module, and what it logs: at the end of every epoch and of a test, by global step.

    Raises:
        InputError: PyTorch Lightning is not installed.
    """
    try:
        from pytorch_lightning import Callback
    except ImportError as error:
        raise _absent("pytorch_lightning", "pytorch-lightning") from error

    class _RunCallback(Callback):  # type: ignore[misc]  # pytorch_lightning has no types where it is not installed
        def on_fit_start(self, trainer: Json, pl_module: Json) -> None:
            if trainer.is_global_zero:
                run.log_params(dict(pl_module.hparams))

        def on_train_epoch_end(self, trainer: Json, pl_module: Json) -> None:
            self._record(trainer)

        def on_test_epoch_end(self, trainer: Json, pl_module: Json) -> None:
            self._record(trainer)

        def _record(self, trainer: Json) -> None:
            if trainer.is_global_zero:
                _log_numbers(run, trainer.callback_metrics, trainer.global_step)

    return _RunCallback()


class EpochCallback:
    """Records `logs` at the end of every epoch; every other call of Keras's protocol is taken and does nothing."""

    def __init__(self, run: Recorder) -> None:
        self._run = run

    def set_params(self, params: Mapping[str, Json] | None) -> None:
        """Record how the training was called, as Keras tells it: epochs, steps."""
        self._run.log_params({key: value for key, value in (params or {}).items() if value is not None})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Json] | None = None) -> None:
        """Record the numbers of an epoch."""
        _log_numbers(self._run, logs or {}, epoch)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("on_") or name == "set_model":
            return _ignore
        raise AttributeError(name)


def _log_numbers(run: Recorder, found: Mapping[str, Json], step: int) -> None:
    for key, value in found.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        run.log_metric(key, number, step)


def _ignore(*_: Json, **__: Json) -> None:
    """Do nothing."""


def _absent(module: str, package: str) -> InputError:
    return InputError(f"{module} is not installed, and this callback is for it", hint=f"pip install {package}")
