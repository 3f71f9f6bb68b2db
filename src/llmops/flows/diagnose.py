"""How a workspace stands: what works, what is missing, and what to type."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from llmops.backends.catalogs import open_chat_model, open_embedder
from llmops.backends.endpoints import PROVIDERS, find_endpoint
from llmops.core.errors import LlmopsError
from llmops.core.settings import FILE, Settings
from llmops.flows.vector_findings import look_at_vectors
from llmops.registry.artifacts import Registry
from llmops.storage.check import check_store
from llmops.storage.store import Store

State = Literal["ok", "note", "wrong"]

EXTRAS = {
    "rag": ("chromadb", "sentence-transformers", "pypdf", "selectolax"),
    "guard": ("py3langid",),
    "scorers": ("sacrebleu", "rouge-score"),
    "litellm": ("litellm",),
    "postgres": ("psycopg",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `hint` is what to type where it is not as it should be."""

    what: str
    state: State
    detail: str
    hint: str = ""


def diagnose(root: Path, settings: Settings, store: Store, registry: Registry) -> list[Finding]:
    """Look at everything that a command may stumble over. Calls no model and changes nothing."""
    return [
        Finding("llmops", "ok", f"{version('llmops')} on Python {sys.version.split()[0]}"),
        *_workspace(root),
        *_extras(),
        _store(store),
        *_files(registry),
        *_models(settings),
        *_vectors(settings, store),
    ]


def _workspace(root: Path) -> Iterator[Finding]:
    if (root / FILE).is_file():
        yield Finding("workspace", "ok", str(root))
    else:
        yield Finding(
            "workspace", "note", f"{root} has no {FILE}: all settings are defaults", "llmops init starts one here"
        )


def _extras() -> Iterator[Finding]:
    for extra, packages in EXTRAS.items():
        missing = [package for package in packages if not _installed(package)]
        if missing:
            yield Finding(f"extra {extra}", "note", f"without {', '.join(missing)}", f'pip install "llmops[{extra}]"')
        else:
            yield Finding(f"extra {extra}", "ok", ", ".join(f"{package} {version(package)}" for package in packages))


def _installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _store(store: Store) -> Finding:
    try:
        check_store(store)
    except LlmopsError as error:
        return Finding("store", "wrong", error.message, error.hint)
    return Finding("store", "ok", f"{store.url} at revision {store.revision}")


def _files(registry: Registry) -> Iterator[Finding]:
    """Read every artifact file, so that an error shows here and not in the middle of an evaluation."""
    count = 0
    for kind in ("prompt", "rag", "policy", "app", "suite", "dataset", "monitor"):
        for name, path in registry.files.files(kind):
            count += 1
            try:
                registry.resolve_working(kind, name)
            except LlmopsError as error:
                yield Finding(str(path.relative_to(registry.root)), "wrong", error.message, error.hint)
    yield Finding("files", "ok" if count else "note", f"{count} artifact files read", "" if count else "llmops init")


def _models(settings: Settings) -> Iterator[Finding]:
    openers = (
        ("default model", settings.models.default, open_chat_model),
        ("embedding", settings.models.embedding, open_embedder),
    )
    for role, model, opener in openers:
        try:
            opener(model, settings)
            if model.partition("/")[0] in {*PROVIDERS, *settings.connections}:
                find_endpoint(model, settings).key()
        except LlmopsError as error:
            yield Finding(role, "wrong", error.message, error.hint)
        else:
            yield Finding(role, "ok", model)


def _vectors(settings: Settings, store: Store) -> Iterator[Finding]:
    for what, detail, hint in look_at_vectors(settings, store):
        yield Finding(what, "wrong" if hint else "ok", detail, hint)
