"""Which packages made a model, and in which versions: from the run's own record, else from this process."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from llmops.domain.model import ModelFormat
from llmops.domain.ports import Blobs
from llmops.domain.run import RunFile
from llmops.tracking.environment import read_environment

ENVIRONMENT: Final = "llmops/environment.json"
_ALWAYS: Final = ("python", "numpy")
_USED: Final[Mapping[ModelFormat, tuple[str, ...]]] = {
    "skops": ("skops", "scikit-learn", "scipy", "xgboost", "lightgbm", "catboost", "quantile-forest"),
    "safetensors": ("safetensors", "torch", "tensorflow", "jax", "transformers"),
    "onnx": ("onnx", "onnxruntime", "skl2onnx", "tf2onnx", "torch"),
    "pickle": ("scikit-learn", "joblib", "cloudpickle", "torch", "xgboost", "lightgbm"),
    "plain": ("scikit-learn", "xgboost", "lightgbm", "catboost", "tensorflow", "keras", "torch"),
}


def read_frameworks(blobs: Blobs, logged: Iterable[RunFile], formats: Iterable[ModelFormat]) -> dict[str, str]:
    """Versions by package, of those that models of these formats are made with."""
    recorded = next((file for file in logged if file.path == ENVIRONMENT), None)
    environment = json.loads(blobs.get(recorded.digest) if recorded else read_environment())
    packages = {**environment.get("packages", {}), "python": environment.get("python", "")}
    wanted = dict.fromkeys((*_ALWAYS, *(name for kind in formats for name in _USED[kind])))
    return {name: str(packages[name]) for name in wanted if packages.get(name)}
