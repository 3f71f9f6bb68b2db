"""Telling what a file is from its bytes."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.registry.model_formats import OnnxModel, Tensor, detect, read_onnx, read_tensors, skops_types
from tests.support.models import TREE, onnx_bytes, safetensors_bytes, skops_bytes


def torch_bytes() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("m.skops", skops_bytes(), "skops"),
        ("m.safetensors", safetensors_bytes(), "safetensors"),
        ("m.onnx", onnx_bytes(), "onnx"),
        ("m.pkl", b"anything", "pickle"),
        ("m.joblib", b"\x78\x9c", "pickle"),
        ("m.bin", b"\x80\x04\x95", "pickle"),
        ("m.bin", torch_bytes(), "pickle"),
        ("m.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False}", "pickle"),
        ("m.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False}", "plain"),
        ("m.zip", skops_bytes(), "plain"),
        ("m.zip", b"PK no zip", "plain"),
        ("m.txt", b"", "plain"),
        ("m.json", b"{}", "plain"),
    ],
)
def test_formats(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert detect(path) == kind


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("m.skops", b"\x80\x04pickle", "m.skops is no skops file"),
        ("m.skops", torch_bytes(), "m.skops is no skops file"),
        ("m.safetensors", b"", "m.safetensors is no safetensors file: its header does not fit into it"),
        ("m.safetensors", safetensors_bytes(cut=1), "it does not hold what its header says"),
        ("m.safetensors", b"\x04" + bytes(7) + b"null", "its header cannot be read"),
        ("m.onnx", b"", "m.onnx is no ONNX file: it has no graph"),
        ("m.onnx", onnx_bytes(cut=3), "m.onnx is no ONNX file: it was cut off"),
        ("m.onnx", b"\x80\x04pickle", "m.onnx is no ONNX file"),
    ],
)
def test_an_ending_is_a_promise(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=said) as caught:
        detect(path)
    assert caught.value.hint


def test_what_files_say_of_themselves(tmp_path: Path) -> None:
    for name, data in (("a", skops_bytes()), ("b", safetensors_bytes()), ("c", onnx_bytes())):
        (tmp_path / name).write_bytes(data)
    assert skops_types(tmp_path / "a") == ["mine.hooks.Hook", "sklearn.linear_model._logistic.LogisticRegression"]
    assert read_tensors(tmp_path / "b") == [Tensor("bias", "F16", (2,)), Tensor("weight", "F32", (2, 3))]
    assert read_onnx(tmp_path / "c") == OnnxModel(9, "skl2onnx 1.17", {"": 18, "ai.onnx.ml": 3})


def test_a_description_that_would_unpack_to_too_much(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.skops", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * (65 << 20))
    with pytest.raises(InputError, match="has a description of 68,157,440 bytes"):
        detect(tmp_path / "m.skops")
    assert TREE


@pytest.mark.parametrize("read", [skops_types, read_tensors, read_onnx])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400), at=st.integers(0, 400), byte=st.integers(0, 255))
def test_damaged_files_are_told_or_read_and_nothing_else(
    tmp_path: Path, read: Callable[[Path], object], cut: int, at: int, byte: int
) -> None:
    for whole in (skops_bytes(), safetensors_bytes(), onnx_bytes()):
        data = bytearray(whole[: len(whole) - cut] if cut < len(whole) else whole)
        if at < len(data):
            data[at] = byte
        (tmp_path / "m").write_bytes(data)
        try:
            read(tmp_path / "m")
        except InputError as error:
            assert error.message.startswith("m ")  # noqa: PT017
