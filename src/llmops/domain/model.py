"""Models as artifacts: files by digest, what they take and give, and where they came from."""

from pathlib import PurePosixPath
from typing import Final, Literal, get_args

from pydantic import Field, field_validator

from llmops.core.hashing import Json
from llmops.domain.artifact import Pin, Version
from llmops.domain.noun import Noun

ModelFormat = Literal["skops", "safetensors", "onnx", "pickle", "plain"]
FORMATS: Final[tuple[ModelFormat, ...]] = get_args(ModelFormat)


class ModelFile(Noun):
    """A file of a model: where it stands in it, the digest of its bytes, how many they are, and what they are."""

    path: str
    digest: str
    size: int = Field(ge=0)
    format: ModelFormat

    @field_validator("path")
    @classmethod
    def _is_inside(cls, path: str) -> str:
        return check_model_path(path)


class Column(Noun):
    """One input or output: `type` is a type of numpy (`float32`, `int64`), `string`, `boolean` or `datetime`.

    `shape` is that of an array, None where a length may vary, such as that of a batch; a column of a table has none.
    `optional` says that values were missing in the example that it was inferred from.
    """

    name: str = ""
    type: str
    shape: tuple[int | None, ...] = ()
    optional: bool | None = None

    def __str__(self) -> str:
        size = f"[{', '.join('?' if length is None else str(length) for length in self.shape)}]" if self.shape else ""
        name = f"{self.name}: " if self.name else ""
        return f"{name}{self.type}{size}{' or missing' if self.optional else ''}"


class Signature(Noun):
    """What a model takes and gives, in order."""

    inputs: tuple[Column, ...] = ()
    outputs: tuple[Column, ...] = ()


class ModelSpec(Noun):
    """A model as registered.

    `run` is the id of the run that it came from, `dataset` what it was trained on; the commit is the version's origin.
    `frameworks` are the versions of the packages that made it, `example` is a small input.
    """

    files: tuple[ModelFile, ...]
    signature: Signature = Signature()
    example: Json = None
    run: str = ""
    dataset: Pin | None = None
    frameworks: dict[str, str] = Field(default_factory=dict)

    @field_validator("files")
    @classmethod
    def _has_files(cls, files: tuple[ModelFile, ...]) -> tuple[ModelFile, ...]:
        if not files:
            raise ValueError("a model has at least one file")
        paths = [file.path for file in files]
        if len(set(paths)) != len(paths):
            raise ValueError("two files of a model stand at one place")
        return files

    @property
    def size(self) -> int:
        """How many bytes its files have."""
        return sum(file.size for file in self.files)


def check_model_path(path: str) -> str:
    """Return the path if a file of a model may stand there, else raise ValueError."""
    parts = path.split("/")
    if (
        any(part in ("", ".", "..") for part in parts)
        or not path.isprintable()
        or len(path) > 500
        or set(path) & set("\\:")
    ):
        raise ValueError(f"{path[:60]!r} is no place in a model; write a relative path without '..'")
    return PurePosixPath(path).as_posix()


def blobs_of(version: Version) -> dict[str, int | None]:
    """The digests of the blobs that belong to a version, with their sizes where those are known."""
    content = version.content if isinstance(version.content, dict) else {}
    if version.kind == "dataset" and "blob" in content:
        return {str(content["blob"]): None}
    if version.kind == "model":
        files = [file for file in content.get("files") or () if isinstance(file, dict)]
        return {str(file.get("digest")): file.get("size") for file in files}
    return {}
