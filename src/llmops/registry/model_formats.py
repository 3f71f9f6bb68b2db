"""What a file of a model is, told from its bytes. Nothing of a model is ever made here, and nothing is unpickled.

| format | how it is recognised | what is read |
|---|---|---|
| skops | ends in `.skops` and is a zip with `schema.json` | the types that the description names |
| safetensors | ends in `.safetensors`, its header is one | the header: names, types and shapes of tensors |
| onnx | ends in `.onnx`, its first fields are a model's | versions and operator sets |
| pickle | by its ending or first bytes, also in a zip of torch's | nothing |
| plain | everything else | nothing |
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.model import ModelFormat

MOST_DESCRIPTION: Final = 64 << 20  # bytes of a skops description
MOST_HEADER: Final = 100_000_000  # bytes of a header, as the safetensors library has it
_PICKLED: Final = (".pkl", ".pickle", ".p", ".joblib", ".pt", ".pth", ".ckpt")
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of a safetensors file: its name, the type of its numbers as the file writes it, its shape."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """What an ONNX file says of itself; `opsets` are versions by domain, `""` is ONNX's own."""

    ir_version: int
    producer: str = ""
    opsets: dict[str, int] = field(default_factory=dict)


def detect(path: Path) -> ModelFormat:
    """What a file is.

    Raises:
        InputError: its ending promises a format that it does not have.
        OSError: it cannot be read.
    """
    ending = path.suffix.lower()
    if ending == ".skops":
        skops_types(path)
        return "skops"
    if ending == ".safetensors":
        read_tensors(path)
        return "safetensors"
    if ending == ".onnx":
        read_onnx(path)
        return "onnx"
    return "pickle" if ending in _PICKLED or _is_pickled(path) else "plain"


def skops_types(path: Path) -> list[str]:
    """The types that a skops file names, in order; none of them is imported.

    Raises:
        InputError: it is no skops file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            described = archive.getinfo("schema.json")
            if described.file_size > MOST_DESCRIPTION:
                raise InputError(f"{path.name} has a description of {described.file_size:,} bytes", hint=_AGAIN)
            found = set(_named(json.loads(archive.read(described))))
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError, NotImplementedError, EOFError) as error:
        raise InputError(f"{path.name} is no skops file", hint="Write it with skops.io.dump(model, path).") from error
    return sorted(found)


def read_tensors(path: Path) -> list[Tensor]:
    """The tensors of a safetensors file, by name; only its header is read.

    Raises:
        InputError: it is no safetensors file, or a torn one.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(MOST_HEADER, size - 8):
            raise _no_tensors(path, "its header does not fit into it")
        header = file.read(length)
    try:
        described = json.loads(header)
        entries = {name: told for name, told in described.items() if name != "__metadata__"}
        ends = [int(told["data_offsets"][1]) for told in entries.values()]
        found = [Tensor(name, str(told["dtype"]), tuple(map(int, told["shape"]))) for name, told in entries.items()]
    except (ValueError, RecursionError, AttributeError, LookupError, TypeError) as error:
        raise _no_tensors(path, "its header cannot be read") from error
    if max(ends, default=0) != size - 8 - length:
        raise _no_tensors(path, "it does not hold what its header says")
    return sorted(found, key=lambda tensor: tensor.name)


def read_onnx(path: Path) -> OnnxModel:
    """What an ONNX file says of itself; its graph is skipped.

    Raises:
        InputError: it is no ONNX file, or a torn one.
    """
    version, producer, has_graph = 0, ["", ""], False
    opsets: dict[str, int] = {}
    try:
        with path.open("rb") as file:
            for number, value, length in _fields(file, path.stat().st_size):
                if number == 1 and length is None:
                    version = value
                elif number in (2, 3) and length is not None:
                    producer[number - 2] = file.read(min(length, 200)).decode("utf-8", "replace")
                elif number == 8 and length is not None:
                    opsets.update([_opset(file, file.tell() + length)])
                elif number == 7:
                    has_graph = True
    except ValueError as error:
        raise InputError(
            f"{path.name} is no ONNX file: {error}", hint="Export it again, and check it with onnx."
        ) from error
    if not has_graph or not version:
        raise InputError(
            f"{path.name} is no ONNX file: it has no graph", hint="Export it again, and check it with onnx."
        )
    return OnnxModel(version, " ".join(filter(None, producer)), opsets)


_AGAIN: Final = "Write it with skops.io.dump(model, path)."


def _named(described: Json) -> Iterator[str]:
    if isinstance(described, dict):
        if "__class__" in described and "__module__" in described:
            yield f"{described['__module__']}.{described['__class__']}"
        for value in described.values():
            yield from _named(value)
    elif isinstance(described, list):
        for value in described:
            yield from _named(value)


def _is_pickled(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(256)
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    if head[:6] == b"\x93NUMPY":
        return b"'|O'" in head
    if head[:2] == b"PK":
        try:
            with zipfile.ZipFile(path) as archive:
                return any(name.endswith((".pkl", ".pickle")) for name in archive.namelist())
        except (zipfile.BadZipFile, NotImplementedError, ValueError):
            return False
    return False


def _fields(file: IO[bytes], end: int) -> Iterator[tuple[int, int, int | None]]:
    """Number, value and, of what has one, length of each field of a protocol buffer; what is not read of it is skipped."""
    while file.tell() < end:
        key = _varint(file)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            yield number, _varint(file), None
        elif wire in (_FIXED64, _FIXED32):
            file.seek(8 if wire == _FIXED64 else 4, 1)
            yield number, 0, None
        elif wire == _BYTES:
            length = _varint(file)
            after = file.tell() + length
            if after > end:
                raise ValueError("it was cut off")
            yield number, 0, length
            file.seek(after)
        else:
            raise ValueError("its fields cannot be read")


def _varint(file: IO[bytes]) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            raise ValueError("it was cut off")
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return value
    raise ValueError("its fields cannot be read")


def _opset(file: IO[bytes], end: int) -> tuple[str, int]:
    domain, version = "", 0
    for number, value, length in _fields(file, end):
        if number == 1 and length is not None:
            domain = file.read(min(length, 200)).decode("utf-8", "replace")
        elif number == 2:
            version = value
    return domain, version


def _no_tensors(path: Path, problem: str) -> InputError:
    return InputError(f"{path.name} is no safetensors file: {problem}", hint="Write it with safetensors' save_file.")
