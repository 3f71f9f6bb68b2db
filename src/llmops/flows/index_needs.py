"""Who needs which generation of an index: working files, and what aliases hold, held before and try out."""

from collections import defaultdict
from collections.abc import Iterator

from llmops.core.names import WORKING, Ref
from llmops.domain.artifact import AppSpec
from llmops.domain.corpus import RagSpec
from llmops.flows.services import Services
from llmops.registry.aliases import earlier_holders
from llmops.registry.bundles import Resolved


def who_needs(services: Services, index: str) -> dict[str, tuple[str, ...]]:
    """Who needs a configuration of an index, by the fingerprint of the configuration.

    Raises:
        InvalidFile: a working file cannot be read, so that nobody can say what it needs.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for who, wanted in (*_working(services, index), *_held(services, index)):
        if (rag := _rag_of(services, wanted, index)) is not None:
            found[rag.fingerprint].append(who)
    return {fingerprint: tuple(dict.fromkeys(who)) for fingerprint, who in found.items()}


def _working(services: Services, index: str) -> Iterator[tuple[str, Resolved]]:
    """The configuration that commands mean by the index's name alone, and every app that is a file."""
    selected = services.registry.resolve(Ref("rag", index))
    yield _shown(services, selected), selected
    for name in services.registry.files.names("app"):
        app = services.registry.resolve(Ref("app", name, WORKING))
        yield _shown(services, app), app


def _held(services: Services, index: str) -> Iterator[tuple[str, Resolved]]:
    store = services.store
    for artifact in (*store.versions.artifacts("rag"), *store.versions.artifacts("app")):
        if artifact.kind == "rag" and artifact.name != index:
            continue
        for alias in store.aliases.of(artifact.kind, artifact.name):
            ref = Ref(artifact.kind, artifact.name)
            yield f"{ref}@{alias.alias}", services.registry.resolve(ref.at(alias.number))
            if alias.candidate is not None:
                found = services.registry.resolve(ref.at(alias.candidate.number))
                yield f"{ref}@{alias.alias} (tried out)", found
            history = store.aliases.history(artifact.kind, artifact.name, alias.alias)
            for number in earlier_holders(history)[:1]:
                yield f"{ref}@{alias.alias} (before)", services.registry.resolve(ref.at(number))


def _rag_of(services: Services, found: Resolved, index: str) -> RagSpec | None:
    """The configuration of the index that a version needs, if it needs one."""
    if found.kind == "rag":
        return found.spec(RagSpec)
    pin = found.spec(AppSpec).rag
    if pin is None or pin.name != index:
        return None
    return services.registry.resolve(Ref("rag", pin.name, pin.digest)).spec(RagSpec)


def _shown(services: Services, found: Resolved) -> str:
    return services.registry.files.shown(found.path) if found.path else f"{found.kind}/{found.name}@{found.number}"
