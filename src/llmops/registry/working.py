"""The working tree: what the files of the workspace would be as versions, right now.

A draft is a file with all its parts pinned. Drafts are made on demand and once each, parts before wholes, so that one look
at the tree is consistent. A bare part is pinned to its own draft; one with a selector to the registered version.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from llmops.core.errors import InputError, InvalidFile
from llmops.core.hashing import Json, digest
from llmops.core.names import WORKING, Kind, Ref, parse_ref
from llmops.core.settings import Settings
from llmops.domain.artifact import Pin, PromptSpec
from llmops.domain.noun import Noun, content_of
from llmops.registry.apps import AppParts, read_app
from llmops.registry.datasets import Dataset, DatasetReader
from llmops.registry.files import WorkspaceFiles, check_supported
from llmops.registry.held_prompts import Holding
from llmops.registry.lookup import Lookup
from llmops.registry.monitors import SignalCheck, accept_signal, read_monitor
from llmops.registry.packaged import packaged_prompt
from llmops.registry.policies import PolicyReader, no_policies
from llmops.registry.prompt_files import Included, Surroundings, read_inline_prompt, read_prompt
from llmops.registry.rag_configs import read_rag
from llmops.registry.reading import Source, read_source
from llmops.registry.suites import read_suite
from llmops.text.beside import FilesBelow
from llmops.text.yaml_builder import Place

Key = tuple[Kind, str]

_ENDINGS: Final = (".jsonl", ".csv", ".yaml", ".yml", ".json", ".parquet")  # what makes a dataset a path and no ref


@dataclass(frozen=True, slots=True)
class Draft:
    """What registering a file would make of it.

    `files` are all that it was read from, its parts' included; `parts` the drafts that it pins; `blob` the bytes that go
    with it (of a dataset).
    """

    kind: Kind
    name: str
    digest: str
    content: dict[str, Json]
    path: Path
    files: frozenset[Path]
    parts: tuple[Key, ...] = ()
    blob: bytes = b""

    @property
    def pin(self) -> Pin:
        """What a whole stores of this part."""
        return Pin(name=self.name, digest=self.digest)


@dataclass(slots=True)
class WorkingTree:
    """Drafts by kind and name. What is `known` (kind, name, digest) was checked when it was registered, and is not again."""

    files: WorkspaceFiles
    settings: Settings
    lookup: Lookup
    known: frozenset[tuple[Kind, str, str]] = frozenset()
    read_dataset: Callable[[Path, str], Dataset] = field(default_factory=lambda: DatasetReader().read)
    read_policy: PolicyReader = no_policies
    check_signal: SignalCheck = accept_signal
    _drafts: dict[Key, Draft] = field(default_factory=dict)
    _sources: dict[Path, Source] = field(default_factory=dict)
    _open: list[Key] = field(default_factory=list)

    def draft(self, kind: Kind, name: str) -> Draft | None:
        """The draft of an artifact, or None where no file holds it.

        Raises:
            InvalidFile: its file or one of its parts is wrong.
        """
        key = (check_supported(kind), name)
        if key not in self._drafts:
            path, at = self._locate(kind, name)
            if path is None:
                return None
            if key in self._open:
                circle = " -> ".join(part for _, part in [*self._open[self._open.index(key) :], key])
                raise InvalidFile(
                    self.files.shown(path), f"includes go in a circle: {circle}", hint="Remove one of them."
                )
            self._open.append(key)
            try:
                self._drafts[key] = _Reader(self, kind, name, path, at).read()
            finally:
                self._open.pop()
        return self._drafts[key]

    def is_there(self, kind: Kind, name: str) -> bool:
        """Tell whether a file holds an artifact; it is not read."""
        return self._locate(kind, name)[0] is not None

    def content(self, kind: Kind, name: str, wanted: str) -> dict[str, Json]:
        """The content of a digest: a registered version's, or the draft's if that is it."""
        version = self.lookup.find(Ref(kind, name, wanted))
        if version is not None:
            return dict(version.content)
        draft = self.draft(kind, name)
        if draft is not None and draft.digest == wanted:
            return draft.content
        raise self.lookup.not_found(Ref(kind, name, wanted))

    def source(self, path: Path) -> Source:
        """A file, read once."""
        if path not in self._sources:
            self._sources[path] = read_source(path, self.files.shown(path))
        return self._sources[path]

    def _locate(self, kind: Kind, name: str) -> tuple[Path | None, Place]:
        """The file of an artifact, and where in it: a prompt, rag or policy may stand inside the app of its name."""
        own = self.files.path(kind, name)
        if kind in ("prompt", "rag", "policy"):
            app = self.files.path("app", name)
            if app is not None:
                data = self.source(app).document.data
                if isinstance(data, dict) and isinstance(data.get(kind), dict):
                    if own is not None:
                        raise self.source(app).document.error(
                            (kind,),
                            f"{kind}/{name} is written here and in {self.files.shown(own)}",
                            hint="Keep one of them.",
                        )
                    return app, (kind,)
        return own, ()


@dataclass(slots=True)
class _Reader:
    """Reads one file and notes what it is made of."""

    tree: WorkingTree
    kind: Kind
    name: str
    path: Path
    at: Place
    parts: dict[Key, Draft] = field(default_factory=dict)
    beside: set[Path] = field(default_factory=set)

    def read(self) -> Draft:
        blob = b""
        if self.kind == "dataset":
            dataset = self.tree.read_dataset(self.path, self.tree.files.shown(self.path))
            spec: Noun = dataset.spec
            blob = dataset.lines
        else:
            readers: dict[str, Callable[[], Noun]] = {
                "prompt": self._prompt, "rag": self._rag, "policy": self._policy, "app": self._app, "suite": self._suite,
                "monitor": self._monitor,
            }  # fmt: skip
            spec = readers[self.kind]()
        content = content_of(spec)
        return Draft(
            kind=self.kind,
            name=self.name,
            digest=digest(self.kind, content),
            content=content,
            path=self.path,
            files=frozenset({self.path, *self.beside}).union(*(part.files for part in self.parts.values())),
            parts=tuple(self.parts),
            blob=blob,
        )

    def _prompt(self) -> PromptSpec:
        source = self.tree.source(self.path)
        around = Surroundings(
            self._include, lambda spec: ("prompt", self.name, digest("prompt", content_of(spec))) in self.tree.known
        )
        if self.at:
            return read_inline_prompt(source.document, self.at, around)
        return read_prompt(source, around)

    def _rag(self) -> Noun:
        models = self.tree.settings.models
        document = self.tree.source(self.path).document
        return read_rag(document, models.embedding, Holding(self._held, models.default), at=self.at)

    def _held(self, text: str, at: Place) -> tuple[str, PromptSpec]:
        """A prompt to be held in full: the workspace's, else this package's."""
        packaged = packaged_prompt(text)
        own = self.tree.is_there("prompt", text) or self.tree.lookup.store.versions.latest("prompt", text) is not None
        if packaged is not None and not own:
            return packaged.digest, packaged.spec(PromptSpec)
        pin = self._pin("prompt", text, at)
        return pin.digest, PromptSpec.model_validate(self.tree.content("prompt", pin.name, pin.digest))

    def _policy(self) -> Noun:
        document = self.tree.source(self.path).document
        return self.tree.read_policy(document, self.at, FilesBelow(self.tree.files.root, self.beside))

    def _app(self) -> Noun:
        document = self.tree.source(self.path).document

        def prompt(text: str | None) -> tuple[Pin, PromptSpec]:
            pin = self._pin("prompt", self.name if text is None else text, ("prompt",))
            return pin, PromptSpec.model_validate(self.tree.content("prompt", pin.name, pin.digest))

        def rag(text: str | None) -> Pin:
            return self._pin("rag", self.name if text is None else text, ("rag",))

        def policy(text: str | None) -> Pin:
            return self._pin("policy", self.name if text is None else text, ("policy",))

        return read_app(document, AppParts(prompt, rag, policy), self.tree.settings.models.default)

    def _suite(self) -> Noun:
        def labels(dataset: Pin) -> tuple[str, ...]:
            return tuple(self.tree.content("dataset", dataset.name, dataset.digest).get("scorers", ()))

        return read_suite(self.tree.source(self.path).document, self._dataset, self._check, labels)

    def _monitor(self) -> Noun:
        document = self.tree.source(self.path).document
        return read_monitor(document, self._check, self._dataset, self.tree.check_signal)

    def _pin(self, kind: Kind, text: str, at: Place) -> Pin:
        """Pin the part that a ref at a place of this file means."""
        document = self.tree.source(self.path).document
        try:
            return self._resolve(parse_ref(text, kind))
        except InvalidFile:
            raise
        except InputError as error:
            raise document.error(at, error.message, hint=error.hint) from error

    def _resolve(self, ref: Ref) -> Pin:
        if ref.selector in (None, WORKING):
            draft = self.tree.draft(ref.kind, ref.name)
            if draft is not None:
                self.parts[(ref.kind, ref.name)] = draft
                return draft.pin
            if ref.selector is not None:
                raise self.tree.lookup.not_found(ref)
        version = self.tree.lookup.version(ref)
        return Pin(name=version.name, digest=version.digest)

    def _include(self, text: str) -> Included:
        pin = self._resolve(parse_ref(text, "prompt"))
        spec = PromptSpec.model_validate(self.tree.content("prompt", pin.name, pin.digest))
        inner = {}
        for name, wanted in spec.includes.items():
            content = self.tree.content("prompt", parse_ref(name, "prompt").name, wanted)
            inner[name] = Included(wanted, content["body"], {})
        return Included(pin.digest, spec.body, inner)

    def _dataset(self, text: str, at: Place) -> Pin:
        """Pin a dataset by path below evals/data, or by ref."""
        if Path(text).suffix.lower() in _ENDINGS or text.startswith("evals/data/"):
            try:
                kind, name = self.tree.files.classify(self.tree.files.root / text)
                if kind != "dataset":
                    raise InvalidFile(text, f"this is a {kind}", hint="Datasets live in evals/data/.")
            except InvalidFile as error:
                document = self.tree.source(self.path).document
                raise document.error(at, f"dataset {text!r}: {error.problem}", hint=error.hint) from error
            return self._pin("dataset", name, at)
        return self._pin("dataset", text, at)

    def _check(self, kind: Kind, text: str, at: Place) -> None:
        """Complain where the target of a suite or a monitor is nothing that there is."""
        document = self.tree.source(self.path).document
        try:
            ref = parse_ref(text, kind)
            if (
                not self.tree.is_there(ref.kind, ref.name)
                and self.tree.lookup.store.versions.latest(ref.kind, ref.name) is None
            ):
                raise self.tree.lookup.not_found(Ref(ref.kind, ref.name))
        except InvalidFile:
            raise
        except InputError as error:
            raise document.error(at, error.message, hint=error.hint) from error
