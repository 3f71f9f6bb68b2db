"""What loading would need, told without loading."""

from pathlib import Path

import numpy as np
import pytest

from llmops.core.errors import InputError
from llmops.core.names import parse_ref
from llmops.flows.models.needs import ModelNeeds, find_needs, untrusted_types
from llmops.flows.models.register import ModelParts, register_model
from llmops.storage.store import Store
from tests.support.models import NOW, make_services, onnx_bytes, safetensors_bytes, skops_bytes


def needs(store: Store, root: Path, **files: bytes) -> ModelNeeds:
    services = make_services(store, root)
    for name, data in files.items():
        (root / name.replace("_", ".")).write_bytes(data)
    register_model(services, "m", ModelParts([name.replace("_", ".") for name in files]), NOW)
    return find_needs(services, root / ".llmops", parse_ref("model/m"))


def test_a_skops_file_with_types_that_one_has_to_trust(sqlite_store: Store, tmp_path: Path) -> None:
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    found = needs(sqlite_store, tmp_path, m_skops=skops.io.dumps(FunctionTransformer(np.fft.fft)))
    assert found.files[0].untrusted == ["numpy.fft.fft"]
    assert [(p.name, p.recorded == p.installed != "") for p in found.packages] == [
        ("skops", True),
        ("scikit-learn", True),
    ]
    assert found.python.splitlines() == [
        "import llmops",
        'model = llmops.open().model("m@1")',
        "import skops.io",
        "# read first what these types do",
        "loaded = skops.io.load(model.path, trusted=['numpy.fft.fft'])",
    ]
    assert found.as_json()["files"][0]["untrusted"] == ["numpy.fft.fft"]


def test_several_files(sqlite_store: Store, tmp_path: Path) -> None:
    found = needs(sqlite_store, tmp_path, a_onnx=onnx_bytes(), b_safetensors=safetensors_bytes(), c_pkl=b"", d_txt=b"x")
    assert [one.says for one in found.files] == [
        "IR version 9, operators ai.onnx 18, ai.onnx.ml 3, by skl2onnx 1.17",
        "2 tensors of F16, F32",
        "a pickle; loading it runs whatever stands in it, so llmops does not say how",
        "",
    ]
    assert [p.name for p in found.packages] == ["onnxruntime", "safetensors"]
    assert 'session = onnxruntime.InferenceSession(model.folder / "a.onnx")' in found.python
    assert 'tensors = load_file(model.folder / "b.safetensors")' in found.python
    assert "c.pkl" not in found.python
    assert 'data = (model.folder / "d.txt").read_bytes()' in found.python


def test_a_skops_file_that_skops_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "m.skops").write_bytes(skops_bytes())
    with pytest.raises(InputError, match=r"skops cannot read m\.skops: ") as caught:
        untrusted_types(tmp_path / "m.skops")
    assert "pip install --upgrade skops" in caught.value.hint
