"""Put converted files into the workspace: none is overwritten, none holds a credential, and each is tried as `register` would."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from llmops.core.errors import InputError, InvalidFile, StoreError
from llmops.registry.artifacts import Registry
from llmops.registry.exchange.foreign.conversion import Conversion, NewFile, Remark
from llmops.registry.files import WorkspaceFiles
from llmops.registry.lookup import Lookup
from llmops.registry.secrets import refuse_secrets
from llmops.registry.working import WorkingTree

State = Literal["new", "kept", "same", "refused"]


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a converted file: `new`, `kept` (another file is there, and stays), `same`, or `refused`."""

    path: str
    source: str
    state: State


def place(registry: Registry, conversion: Conversion, *, dry_run: bool = False) -> tuple[list[Placed], list[Remark]]:
    """Write the files of a conversion below the workspace; returns what became of each, and all remarks.

    With `dry_run` nothing is written, and the answer is the same.

    Raises:
        StoreError: the workspace cannot be written.
    """
    remarks = list(conversion.remarks)
    states = {file: _state(registry, file, remarks) for file in conversion.files}
    remarks += _try(registry, [file for file, state in states.items() if state in ("new", "same")])
    if not dry_run:
        for file, state in states.items():
            if state == "new":
                _write(registry.root / file.path, file.text)
    return [Placed(file.path, file.source, state) for file, state in states.items()], remarks


def _state(registry: Registry, file: NewFile, remarks: list[Remark]) -> State:
    """What is to become of a file."""
    target = registry.root / file.path
    try:
        refuse_secrets(file.text, file.path)
        there = registry.files.path(file.kind, file.name)
    except InvalidFile as error:  # a credential, two files of that name, or one behind a link that leads away
        remarks.append(Remark(file.source, None, f"{file.path} was not written: {error.problem}"))
        return "refused"
    if there is None and not target.parent.resolve().is_relative_to(registry.root.resolve()):
        remarks.append(Remark(file.source, None, f"{file.path} was not written: a link leads out of the workspace"))
        return "refused"
    if there is None and not target.exists() and not target.is_symlink():
        return "new"
    there = there or target
    if there == target and target.is_file() and target.read_bytes() == file.text.encode():
        return "same"
    remarks.append(
        Remark(registry.files.shown(there), None, f"this is there already and was kept; {file.source} was not written")
    )
    return "kept"


def _write(target: Path, text: str) -> None:
    """Write a file that is not there, whole or not at all."""
    beside = target.with_name(f".{target.name}.{os.urandom(6).hex()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(text.encode())
        os.link(beside, target)  # fails where the target is there, unlike a rename
    except OSError as error:
        raise StoreError(
            f"{target} cannot be written: {error.strerror}", hint="Make the workspace writable, then import again."
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def _try(registry: Registry, files: Sequence[NewFile]) -> list[Remark]:
    """Read the files as `register` would, beside the prompts that are there; what it would say becomes remarks."""
    with TemporaryDirectory(prefix="llmops-import-") as temporary:
        root = Path(temporary).resolve()
        if (registry.root / "prompts").is_dir():
            shutil.copytree(registry.root / "prompts", root / "prompts", ignore=_links)
        for file in files:
            target = root / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.text.encode())
        there = WorkspaceFiles(root)
        tree = WorkingTree(there, registry.settings, Lookup(registry.store, there))
        remarks = []
        for file in files:
            try:
                tree.draft(file.kind, file.name)
            except InvalidFile as error:
                remarks.append(Remark(error.path, error.line, f"register would say: {error.problem}"))
            except InputError as error:
                remarks.append(Remark(file.path, None, f"register would say: {error.message}"))
        return list(dict.fromkeys(remarks))


def _links(folder: str, names: list[str]) -> list[str]:
    """Links, through which a copy could be written to where they lead."""
    return [name for name in names if Path(folder, name).is_symlink()]
