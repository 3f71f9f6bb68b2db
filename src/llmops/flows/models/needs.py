"""What loading a model would need, told without loading anything of it."""

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from llmops.core.errors import ExtraMissing, InputError
from llmops.core.hashing import Json
from llmops.core.names import Ref
from llmops.domain.model import ModelFile, ModelSpec
from llmops.flows.models.cache import ModelCache
from llmops.flows.services import Services
from llmops.registry.model_formats import read_onnx, read_tensors, skops_types

_NEEDED: Final = {"skops": ("skops", "scikit-learn"), "safetensors": ("safetensors",), "onnx": ("onnxruntime",)}


@dataclass(frozen=True, slots=True)
class FileNeeds:
    """One file: what it says of itself; of a skops file the types that one has to trust to load it."""

    file: ModelFile
    path: Path
    says: str = ""
    untrusted: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """A package that loading needs: its version when the model was made, and the one that is installed here."""

    name: str
    recorded: str = ""
    installed: str = ""


@dataclass(frozen=True, slots=True)
class ModelNeeds:
    """All that loading a version needs, and what to type."""

    ref: str
    digest: str
    files: Sequence[FileNeeds]
    packages: Sequence[Package]
    python: str
    size: int
    others: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> Json:
        """Plain values."""
        return {
            "ref": self.ref,
            "digest": self.digest,
            "size": self.size,
            "files": [
                {
                    **found.file.model_dump(),
                    "cached": str(found.path),
                    "says": found.says,
                    "untrusted": list(found.untrusted),
                }
                for found in self.files
            ],
            "packages": [{"name": p.name, "recorded": p.recorded, "installed": p.installed} for p in self.packages],
            "made_with": dict(self.others),
            "python": self.python,
        }


def find_needs(services: Services, state: Path, ref: Ref) -> ModelNeeds:
    """What loading a model would need; its files are fetched into the cache and looked at.

    Raises:
        NotFound: there is no such version.
        StoreError: a file is damaged.
    """
    found = services.registry.resolve(ref)
    spec = found.spec(ModelSpec)
    folder = ModelCache(state).fetch(services.store.blobs, found.digest, spec.files)
    files = [_look_at(file, folder / file.path) for file in spec.files]
    needed = dict.fromkeys(name for file in spec.files for name in _NEEDED.get(file.format, ()))
    packages = [Package(name, spec.frameworks.get(name, ""), _installed(name)) for name in needed]
    others = {name: told for name, told in spec.frameworks.items() if name not in needed}
    named = f"{found.name}@{found.number}"
    return ModelNeeds(f"model/{named}", found.digest, files, packages, _python(named, files), spec.size, others)


def untrusted_types(path: Path) -> list[str]:
    """The types of a skops file that one has to trust to load it, as skops reports them.

    Raises:
        ExtraMissing: skops is not installed.
        InputError: it is no skops file.
    """
    skops_types(path)  # refuses what is none, before skops reads it
    if importlib.util.find_spec("skops") is None:
        raise ExtraMissing("skops", "classifier", needed_for="telling which types of a skops file are not trusted")
    from skops.io import get_untrusted_types

    try:
        return sorted(get_untrusted_types(file=path))
    except (AttributeError, LookupError, OSError, TypeError, ValueError, ImportError) as error:
        raise InputError(
            f"skops cannot read {path.name}: {error!s:.200}",
            hint="It may be of a newer skops: pip install --upgrade skops",
        ) from error


def _look_at(file: ModelFile, path: Path) -> FileNeeds:
    if file.format == "skops":
        types = skops_types(path)
        try:
            return FileNeeds(file, path, f"{len(types)} types", untrusted_types(path))
        except ExtraMissing:
            return FileNeeds(
                file, path, "which of its types are not trusted can be told once skops is installed", types
            )
    if file.format == "safetensors":
        tensors = read_tensors(path)
        kinds = ", ".join(sorted({tensor.dtype for tensor in tensors}))
        return FileNeeds(file, path, f"{len(tensors)} tensors of {kinds or 'nothing'}")
    if file.format == "onnx":
        told = read_onnx(path)
        sets = ", ".join(f"{domain or 'ai.onnx'} {number}" for domain, number in sorted(told.opsets.items()))
        by = f", by {told.producer}" if told.producer else ""
        return FileNeeds(file, path, f"IR version {told.ir_version}, operators {sets or 'unknown'}{by}")
    if file.format == "pickle":
        return FileNeeds(file, path, "a pickle; loading it runs whatever stands in it, so llmops does not say how")
    return FileNeeds(file, path)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _python(named: str, files: Sequence[FileNeeds]) -> str:
    return "\n".join(["import llmops", f'model = llmops.open().model("{named}")', *_loading(files)])


def _loading(files: Sequence[FileNeeds]) -> Iterator[str]:
    alone = len(files) == 1
    for found in files:
        path = "model.path" if alone else f'model.folder / "{found.file.path}"'
        if found.file.format == "skops":
            trusted = f", trusted={list(found.untrusted)!r}" if found.untrusted else ""
            yield "import skops.io"
            if found.untrusted:
                yield "# read first what these types do"
            yield f"loaded = skops.io.load({path}{trusted})"
        elif found.file.format == "safetensors":
            yield "from safetensors.numpy import load_file"
            yield f"tensors = load_file({path})"
        elif found.file.format == "onnx":
            yield "import onnxruntime"
            yield f"session = onnxruntime.InferenceSession({path})"
        elif found.file.format == "plain":
            yield f"data = ({path}).read_bytes()"
