"""Files of models, small ones, and models registered for tests."""

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llmops.core.hashing import Json
from llmops.core.settings import load_settings
from llmops.domain.artifact import Version
from llmops.flows.models.register import ModelParts, register_model
from llmops.flows.services import Services
from llmops.registry.artifacts import Registry
from llmops.storage.store import Store
from tests.support.recording import make_recorder

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TREE: Json = {
    "__class__": "LogisticRegression",
    "__module__": "sklearn.linear_model._logistic",
    "content": {"hook": {"__class__": "Hook", "__module__": "mine.hooks"}},
}


def skops_bytes(described: Json = TREE) -> bytes:
    """A zip as skops writes it, as far as its description goes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("schema.json", json.dumps(described))
    return packed.getvalue()


def safetensors_bytes(*, cut: int = 0) -> bytes:
    """Two tensors as a safetensors file, without its last bytes."""
    header = json.dumps(
        {
            "__metadata__": {"format": "np"},
            "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
            "bias": {"dtype": "F16", "shape": [2], "data_offsets": [24, 28]},
        }
    ).encode()
    whole = struct.pack("<Q", len(header)) + header + bytes(28)
    return whole[: len(whole) - cut]


def onnx_bytes(*, cut: int = 0) -> bytes:
    """IR version 9, by skl2onnx 1.17, operators 18 of ONNX and 3 of its machine learning, and a graph."""
    opsets = (b"\x10\x12", b"\x0a\x0aai.onnx.ml\x10\x03")
    whole = b"\x08\x09" + _field(2, b"skl2onnx") + _field(3, b"1.17") + _field(7, bytes(300))
    whole += b"".join(_field(8, opset) for opset in opsets)
    return whole[: len(whole) - cut]


def _field(number: int, data: bytes) -> bytes:
    length = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
    return bytes([number << 3 | 2]) + length + data


def make_services(store: Store, root: Path) -> Services:
    """The services of a workspace in a folder."""
    settings = load_settings(root, {})
    return Services(root, settings, store, Registry(store, root, settings))


@pytest.fixture
def services(store: Store, tmp_path: Path) -> Services:
    """The services of an empty workspace, on both databases."""
    return make_services(store, tmp_path)


def trained(
    services: Services, name: str = "churn", metrics: Mapping[str, float] | None = None, data: bytes = b"weights"
) -> Version:
    """A model of one file, registered from a run with these metrics."""
    recorder = make_recorder(services.store)
    with recorder as run:
        run.log_metrics(metrics or {})
        run.log_text(data.decode("latin-1"), "model.bin")
    parts = ModelParts(["model.bin"], recorder.id)
    later = timedelta(seconds=len(services.store.versions.of("model", name)))
    return register_model(services, name, parts, NOW + later).version


def onnx_negation(inputs: Mapping[str, tuple[int | str, ...]]) -> bytes:
    """An ONNX model that onnxruntime runs: it gives the negative of its first input, of floats of these shapes."""
    names = list(inputs)
    node = _field(1, names[0].encode()) + _field(2, b"negative") + _field(4, b"Neg")
    graph = _field(1, node) + _field(2, b"negation")
    for name, shape in inputs.items():
        graph += _field(11, _floats(name, shape))
    graph += _field(12, _floats("negative", inputs[names[0]]))
    return b"\x08\x08" + _field(7, graph) + _field(8, b"\x10\x0d")


def _floats(name: str, shape: tuple[int | str, ...]) -> bytes:
    sizes = [_field(2, size.encode()) if isinstance(size, str) else bytes([8, size]) for size in shape]
    tensor = b"\x08\x01" + _field(2, b"".join(_field(1, size) for size in sizes))
    return _field(1, name.encode()) + _field(2, _field(1, tensor))
