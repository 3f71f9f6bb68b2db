"""The registry: files become versions, refs become contents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from llmops.core.errors import Conflict, InputError, NotFound
from llmops.core.names import KINDS, WORKING, Kind, Ref, did_you_mean
from llmops.core.settings import Settings
from llmops.domain.artifact import Artifact, Pin, Version
from llmops.domain.suite import DatasetSpec, ScorerSpec
from llmops.registry.apps import LoadedApp
from llmops.registry.bundles import Bundle, gather
from llmops.registry.bundles import Resolved as Resolved
from llmops.registry.cases import accept_any
from llmops.registry.datasets import DatasetReader, StoredCases, parse_cases
from llmops.registry.files import WorkspaceFiles, check_supported
from llmops.registry.lookup import Lookup
from llmops.registry.monitors import SignalCheck, accept_signal
from llmops.registry.packaged import find_packaged
from llmops.registry.policies import PolicyReader, no_policies
from llmops.registry.prompts import Prompt
from llmops.registry.provenance import find_origins
from llmops.registry.stands import pinned
from llmops.registry.working import Draft, Key, WorkingTree
from llmops.storage.store import Store


@dataclass(frozen=True, slots=True)
class Registered:
    """What `register` did with one artifact; `created` is False where the content was a version already."""

    version: Version
    created: bool


class Registry:
    """Versions in a store, and the files below a workspace's root that become versions."""

    def __init__(
        self,
        store: Store,
        root: Path,
        settings: Settings,
        *,
        check_scorer: Callable[[ScorerSpec], None] = accept_any,
        read_policy: PolicyReader = no_policies,
        check_signal: SignalCheck = accept_signal,
    ) -> None:
        self.store = store
        self.root = root.resolve()
        self.settings = settings
        self.files = WorkspaceFiles(self.root)
        self.lookup = Lookup(store, self.files)
        self._read_dataset = DatasetReader(check_scorer).read
        self._read_policy = read_policy
        self._check_signal = check_signal

    def register(self, paths: Sequence[Path] | None = None, *, message: str = "", now: datetime) -> list[Registered]:
        """Make versions of files, and of the parts that they pin; the same content again is the same version.

        Everything is read and checked before anything is written; then all of it is, or nothing.

        Args:
            paths: files or folders; all artifact files by default.
            message: why it changed.
            now: the time of the versions.

        Returns:
            What happened to each artifact, parts before wholes.

        Raises:
            InvalidFile: a file is wrong, at a line.
            InputError: there is nothing to register.
        """
        files = self.files.expand(paths)
        if not files:
            raise InputError(
                f"there is nothing to register in {self.root}",
                hint="llmops init writes a first workspace; or write prompts/NAME.md.",
            )
        known_digests = frozenset((a.kind, a.name, a.digest) for a in self.store.versions.artifacts())
        tree = self._tree(known_digests)
        drafts: dict[Key, Draft] = {}
        for file in files:
            _collect(tree, (file.kind, file.name), drafts)
        known = {key: version for key, draft in drafts.items() if (version := self._known(draft))}
        new = {key: draft for key, draft in drafts.items() if key not in known}
        origins = find_origins(self.root, {key: draft.files for key, draft in new.items()}, message)
        done: list[Registered] = []
        with self.store.transaction():
            for key, draft in drafts.items():
                if key in known:
                    done.append(Registered(known[key], created=False))
                    continue
                if draft.blob:
                    self.store.blobs.put(draft.blob)
                version, created = self.store.versions.add(
                    draft.kind, draft.name, draft.digest, draft.content, origins[key], now
                )
                done.append(Registered(version, created))
        return done

    def resolve(self, ref: Ref) -> Resolved:
        """Find what a ref means: without a selector the working file, or where there is none the latest version, or a
        prompt of this package.

        Raises:
            NotFound: nothing answers to it; the hint names the nearest.
            InvalidFile: the working file is wrong.
        """
        check_supported(ref.kind)
        if ref.selector in (None, WORKING):
            draft = self._tree().draft(ref.kind, ref.name)
            if draft is not None:
                return self._resolved(ref, draft)
            if ref.selector is not None:
                making = self.files.making(ref.kind, ref.name)
                raise NotFound(f"there is no file for {ref.kind}/{ref.name}", hint=f"{making[0].upper()}{making[1:]}.")
        version = self.lookup.find(ref)
        if version is not None:
            return Resolved(ref, version.kind, version.name, version.digest, version.content, version.number)
        if ref.digest is not None:
            draft = self._tree().draft(ref.kind, ref.name)
            if draft is not None and draft.digest.startswith(ref.digest):
                return self._resolved(ref, draft)
        packaged = find_packaged(ref)
        if packaged is not None:
            return packaged
        raise self.lookup.not_found(ref)

    def resolve_working(self, kind: Kind, name: str) -> Resolved:
        """The working file of an artifact."""
        return self.resolve(Ref(kind, name, WORKING))

    def bundle(self, ref: Ref) -> Bundle:
        """A prompt or an app with everything that it pins, and what an alias pins for it."""
        return pinned(self.store.aliases, ref, gather(self.resolve(ref), self.resolve))

    def prompt(self, ref: Ref) -> Prompt:
        """A prompt, ready to render."""
        return self.bundle(ref).prompt()

    def load_app(self, app: Resolved) -> LoadedApp:
        """An app with its pinned parts."""
        return gather(app, self.resolve).app()

    def cases(self, dataset: Pin | Resolved) -> StoredCases:
        """The cases of a dataset, in the order of its file."""
        found = dataset if isinstance(dataset, Resolved) else self.resolve(Ref("dataset", dataset.name, dataset.digest))
        if found.path is not None:
            draft = self._tree().draft("dataset", found.name)
            if draft is None or draft.digest != found.digest:
                raise Conflict(f"dataset/{found.name} was changed just now", hint="Try again.")
            return parse_cases(draft.blob)
        return parse_cases(self.store.blobs.get(found.spec(DatasetSpec).blob))

    def list_artifacts(
        self, kind: str | None = None, *, text: str = "", tags: Mapping[str, str] | None = None
    ) -> list[Artifact]:
        """All registered artifacts, or those of one kind, with all of these words, with a version that has all these tags."""
        if kind is None:
            return self.store.versions.search(text, tags=tags)
        for known in KINDS:
            if kind in (known, known + "s"):
                return self.store.versions.search(text, kind=check_supported(known), tags=tags)
        raise InputError(f"{kind!r} is no kind of artifact", hint=did_you_mean(kind, KINDS))

    def history(self, ref: Ref) -> list[Version]:
        """All versions of an artifact, oldest first; NotFound where there is none."""
        versions = self.store.versions.of(check_supported(ref.kind), ref.name)
        if not versions:
            raise self.lookup.not_found(Ref(ref.kind, ref.name))
        return versions

    def delete(self, ref: Ref) -> None:
        """Delete an artifact with all its versions.

        Raises:
            Conflict: an alias, the history of aliases or a version of something else refers to it.
        """
        bare = f"{ref.kind}/{ref.name}"
        if ref.selector is not None:
            raise InputError(
                f"{ref} cannot be deleted alone", hint=f"Versions are immutable; delete them all: llmops delete {bare}"
            )
        with self.store.transaction():
            versions = self.history(ref)
            held = self.store.aliases.of(ref.kind, ref.name)
            if held:
                names = ", ".join(f"@{alias.alias}" for alias in held)
                raise Conflict(f"{bare} is held by {names}", hint="What an alias holds stays.")
            for version in versions:
                for other in self.store.versions.referring(version.digest):
                    if (other.kind, other.name) != (ref.kind, ref.name):
                        raise Conflict(
                            f"{bare}@{version.number} is part of {other.kind}/{other.name}@{other.number}",
                            hint=f"Delete that first: llmops delete {other.kind}/{other.name}",
                        )
            self.store.versions.remove(ref.kind, ref.name)

    def _tree(self, known: frozenset[tuple[Kind, str, str]] = frozenset()) -> WorkingTree:
        readers = (self._read_dataset, self._read_policy, self._check_signal)
        return WorkingTree(self.files, self.settings, self.lookup, known, *readers)

    def _known(self, draft: Draft) -> Version | None:
        return self.store.versions.by_digest(draft.kind, draft.name, draft.digest)

    def _resolved(self, ref: Ref, draft: Draft) -> Resolved:
        version = self._known(draft)
        number = version.number if version else None
        return Resolved(ref, draft.kind, draft.name, draft.digest, draft.content, number, draft.path)


def _collect(tree: WorkingTree, key: Key, drafts: dict[Key, Draft]) -> None:
    """Put a draft behind its parts."""
    draft = tree.draft(*key)
    if draft is None or key in drafts:
        return
    for part in draft.parts:
        _collect(tree, part, drafts)
    drafts[key] = draft
