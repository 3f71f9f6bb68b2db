"""Register a model: find its files, tell what they are, note where it came from."""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from llmops.core.errors import InputError, NotFound
from llmops.core.git import run_git
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean, parse_ref
from llmops.domain.artifact import Origin, Pin
from llmops.domain.model import ModelFile, ModelSpec
from llmops.domain.run import Run, RunFile
from llmops.flows import hooks
from llmops.flows.models.frameworks import read_frameworks
from llmops.flows.models.signature import as_example, read_signature
from llmops.flows.services import Services
from llmops.registry.artifacts import Registered
from llmops.registry.model_formats import detect
from llmops.registry.models import add_model
from llmops.tracking.environment import read_commit


@dataclass(frozen=True, slots=True)
class ModelParts:
    """What a model is made of.

    `run` is the id of the run that it came from; `files` are names that were logged there (of files or folders), else local
    paths. `signature` and `example` are as for `read_signature`; `dataset` is a ref.
    """

    files: Sequence[str | Path]
    run: str = ""
    signature: Json = None
    example: Json = None
    dataset: str = ""
    message: str = ""


def register_model(services: Services, name: str, parts: ModelParts, now: datetime) -> Registered:
    """Make a version of a model; the same files of the same run again are the same version.

    Raises:
        NotFound: a file, the run or the dataset is not there.
        InputError: a file is not what its ending promises, or the signature cannot be read.
    """
    ref = parse_ref(name, "model")
    if ref.selector is not None:
        raise InputError(f"{name!r} names a version", hint=f"Register it as {ref.name!r}; it gets the next number.")
    run, logged = _logged(services, parts.run)
    signature, example = read_signature(parts.signature, parts.example), as_example(parts.example)
    dataset = _dataset(services, parts.dataset)
    files = [file for wanted in parts.files for file in _found(services, str(wanted), logged, run)]
    try:
        spec = ModelSpec(
            files=tuple(sorted(files, key=lambda file: file.path)),
            signature=signature,
            example=example,
            run=run.id if run else "",
            dataset=dataset,
            frameworks=read_frameworks(services.store.blobs, logged.values(), [file.format for file in files]),
        )
    except ValidationError as error:
        raise InputError(f"model/{ref.name}: {error.errors()[0]['msg']}", hint="Name each file once.") from error
    for file in files:
        if file.format == "pickle":
            print(
                f"{file.path} is a pickle: it is kept as it is, and llmops never loads it, because loading runs what stands "
                "in it. Write it with skops.io.dump, as safetensors or as ONNX.",
                file=sys.stderr,
            )
    done = add_model(services.store, ref.name, spec, _origin(services, run, parts.message), now)
    hooks.fire(services, hooks.registered(services, [done], now))
    return done


def _logged(services: Services, run_id: str) -> tuple[Run | None, Mapping[str, RunFile]]:
    if not run_id:
        return None, {}
    run = services.store.runs.get(run_id)
    (record,) = services.store.tracking.records([run])
    return run, {file.path: file for file in record.files}


def _found(services: Services, wanted: str, logged: Mapping[str, RunFile], run: Run | None) -> Iterator[ModelFile]:
    """The files of a name: logged on the run, below such a folder there, else on this machine."""
    below = f"{wanted.rstrip('/')}/"
    named = [logged[wanted]] if wanted in logged else [f for path, f in logged.items() if path.startswith(below)]
    if named:
        for file in named:
            yield _of_run(services, file)
        return
    path = next((path for path in (Path(wanted), services.root / wanted) if path.exists()), None)
    if path is None:
        where = f"neither logged on {run.id} nor a file here" if run else "no file here"
        known = [name for name in logged if not name.startswith("llmops/")]
        raise NotFound(f"{wanted!r} is {where}", hint=did_you_mean(wanted, known) or "Check the path.")
    if path.is_dir():
        for inside in sorted(path.rglob("*")):
            parts = inside.relative_to(path).parts
            if inside.is_file() and not any(part.startswith(".") for part in parts):
                yield _of_file(services, inside, "/".join((path.resolve().name, *parts)))
        return
    yield _of_file(services, path, path.name)


def _of_file(services: Services, path: Path, name: str) -> ModelFile:
    try:
        kind, stored = detect(path), services.store.blobs.put_file(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", hint="Make it readable.") from error
    return _model_file(name, stored.digest, stored.size, kind)


def _of_run(services: Services, file: RunFile) -> ModelFile:
    """A file of a run, looked at on this machine, because a format is told from a file's end as well."""
    with tempfile.TemporaryDirectory(prefix="llmops-model-") as folder:
        path = Path(folder) / Path(file.path).name
        services.store.blobs.copy_to(file.digest, path)
        return _model_file(file.path, file.digest, file.size, detect(path))


def _model_file(path: str, digest: str, size: int, kind: Json) -> ModelFile:
    try:
        return ModelFile(path=path, digest=digest, size=size, format=kind)
    except ValidationError as error:
        raise InputError(error.errors()[0]["msg"].removeprefix("Value error, "), hint="Rename the file.") from error


def _dataset(services: Services, text: str) -> Pin | None:
    if not text:
        return None
    found = services.registry.resolve(parse_ref(text, "dataset"))
    if found.number is None:
        raise InputError(f"dataset/{found.name} is not registered as it is now", hint="llmops register")
    return Pin(name=found.name, digest=found.digest)


def _origin(services: Services, run: Run | None, message: str) -> Origin:
    """The commit of the run, else of the workspace; the author is who git says works here."""
    author = run_git(services.root, "config", "user.email").strip()
    if run is not None:
        commit, dirty = run.refs.get("commit", ""), "changes" in run.refs
    else:
        here = read_commit(services.root)
        commit, dirty = here.commit, bool(here.diff)
    return Origin(message=message, author=author, git_commit=commit, git_dirty=dirty)
