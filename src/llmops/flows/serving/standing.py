"""What a ref stands for: one version with its parts and, where its alias tries another one out, that one with its share."""

from collections.abc import Mapping
from dataclasses import dataclass

from llmops.core.errors import StoreError
from llmops.core.names import Ref
from llmops.domain.artifact import Candidate
from llmops.registry.artifacts import Registry
from llmops.registry.bundles import Bundle, gather
from llmops.registry.stands import pinned


@dataclass(frozen=True, slots=True)
class Trial:
    """A version that an alias tries out beside the one it holds."""

    candidate: Candidate
    bundle: Bundle


@dataclass(frozen=True, slots=True)
class Standing:
    """What a ref stood for at one moment. Its versions are immutable, so it can be kept and served later."""

    ref: Ref
    bundle: Bundle
    trial: Trial | None = None

    @property
    def is_working(self) -> bool:
        """Whether it is a file of the workspace, as it was at that moment."""
        return self.bundle.main.path is not None

    @property
    def bundles(self) -> dict[str, Bundle]:
        """The versions by their digests."""
        found = [self.bundle] if self.trial is None else [self.bundle, self.trial.bundle]
        return {bundle.main.digest: bundle for bundle in found}


def find_standing(registry: Registry, ref: Ref, known: Mapping[str, Bundle]) -> Standing:
    """Look up what a ref stands for now; versions that are `known` by their digests are not read again.

    Raises:
        NotFound: nothing answers to the ref.
        StoreError: the store does not answer, or what it holds is damaged.
    """
    held = registry.store.aliases.get(ref.kind, ref.name, ref.alias) if ref.alias is not None else None
    if held is None:
        return Standing(ref, _checked(registry.bundle(ref)))
    bundle = _version(registry, ref, held.number, held.digest, known)
    if held.candidate is None:
        return Standing(ref, bundle)
    tried = _version(registry, ref, held.candidate.number, held.candidate.digest, known)
    return Standing(ref, bundle, Trial(held.candidate, tried))


def _version(registry: Registry, ref: Ref, number: int, digest: str, known: Mapping[str, Bundle]) -> Bundle:
    bundle = known.get(digest)
    if bundle is not None:
        return pinned(registry.store.aliases, ref, bundle)
    found = registry.resolve(ref.at(number))
    if found.digest != digest:
        raise _damaged(f"{ref.kind}/{ref.name}@{number}")
    return pinned(registry.store.aliases, ref, _checked(gather(found, registry.resolve)))


def _checked(bundle: Bundle) -> Bundle:
    for part in bundle:
        if not part.is_sound:
            raise _damaged(f"{part.kind}/{part.name}@{part.number}")
    return bundle


def _damaged(what: str) -> StoreError:
    return StoreError(
        f"{what} is damaged: its content is not what was registered", hint="Look closer with: llmops db check"
    )
