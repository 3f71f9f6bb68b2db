"""Who needs which generation of an index: working files, and what aliases hold, held before and try out."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from llmops.core.names import WORKING, Ref
from llmops.domain.artifact import AppSpec
from llmops.domain.corpus import RagSpec
from llmops.domain.needs import Needs
from llmops.domain.snapshot import Snapshot
from llmops.flows.services import Services
from llmops.registry.bundles import Resolved
from llmops.registry.stands import earlier_stands, pinned_by


class Need(NamedTuple):
    """Somebody who needs a configuration of an index; `is_held` if an alias answers from it now, or tries it out, `snapshot` if
    from what it held then."""

    who: str
    rag: Resolved
    is_held: bool = False
    snapshot: Snapshot | None = None

    @property
    def spec(self) -> RagSpec:
        """The configuration."""
        return self.rag.spec(RagSpec)

    @property
    def ref(self) -> str:
        """What to type for it where an index is asked for."""
        return f"{self.rag.name}@{self.rag.number}" if self.rag.number else self.rag.name


def find_needs(services: Services, index: str) -> list[Need]:
    """Who needs a configuration of an index, those that work on files first.

    Raises:
        InvalidFile: a working file cannot be read, so that nobody can say what it needs.
    """
    found = []
    for who, wanted, is_held, snapshot in (*_working(services, index), *_held(services, index)):
        rag = _rag_of(services, wanted, index)
        if rag is not None and rag.spec(RagSpec).retriever is None:
            shown = who if snapshot is None else f"{who} as of {snapshot.sequence}"
            found.append(Need(shown, rag, is_held, snapshot))
    return found


def who_needs(services: Services, index: str) -> Needs:
    """The same, by the fingerprint of the configuration.

    Raises:
        InvalidFile: a working file cannot be read.
    """
    return gathered(find_needs(services, index))


def gathered(needs: list[Need]) -> Needs:
    """Needs by the fingerprint of the configuration."""
    who: defaultdict[str, list[str]] = defaultdict(list)
    pins: defaultdict[str, defaultdict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for need in needs:
        who[need.spec.fingerprint].append(need.who)
        if need.snapshot is not None:
            pins[need.snapshot.generation][need.snapshot.sequence].append(need.who)
    return Needs(
        who={fingerprint: tuple(dict.fromkeys(names)) for fingerprint, names in who.items()},
        held=frozenset(need.spec.fingerprint for need in needs if need.is_held),
        pins=pins,
    )


_Needing: TypeAlias = tuple[str, Resolved, bool, Snapshot | None]


def _working(services: Services, index: str) -> Iterator[_Needing]:
    """The configuration that commands mean by the index's name alone, and every app that is a file."""
    selected = services.registry.resolve(Ref("rag", index))
    yield _shown(services, selected), selected, False, None
    for name in services.registry.files.names("app"):
        app = services.registry.resolve(Ref("app", name, WORKING))
        yield _shown(services, app), app, False, None


def _held(services: Services, index: str) -> Iterator[_Needing]:
    store = services.store
    for artifact in (*store.versions.artifacts("rag"), *store.versions.artifacts("app")):
        if artifact.kind == "rag" and artifact.name != index:
            continue
        for alias in store.aliases.of(artifact.kind, artifact.name):
            ref = Ref(artifact.kind, artifact.name)
            history = store.aliases.history(artifact.kind, artifact.name, alias.alias)
            held = services.registry.resolve(ref.at(alias.number))
            yield f"{ref}@{alias.alias}", held, True, pinned_by(history, alias.number)
            if alias.candidate is not None:
                found = services.registry.resolve(ref.at(alias.candidate.number))
                yield f"{ref}@{alias.alias} (tried out)", found, True, pinned_by(history, alias.candidate.number)
            for before in earlier_stands(history)[:1]:
                found = services.registry.resolve(ref.at(before.number))
                yield f"{ref}@{alias.alias} (before)", found, False, before.snapshot


def _rag_of(services: Services, found: Resolved, index: str) -> Resolved | None:
    """The configuration of the index that a version needs, if it needs one."""
    if found.kind == "rag":
        return found
    pin = found.spec(AppSpec).rag
    if pin is None or pin.name != index:
        return None
    return services.registry.resolve(Ref("rag", pin.name, pin.digest))


def _shown(services: Services, found: Resolved) -> str:
    return services.registry.files.shown(found.path) if found.path else f"{found.kind}/{found.name}@{found.number}"
