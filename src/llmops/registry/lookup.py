"""Registered versions by ref, and what a person who mistyped one is told."""

from dataclasses import dataclass
from typing import Final

from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import short
from llmops.core.names import LATEST, Kind, Ref, did_you_mean, nearest
from llmops.domain.artifact import Version
from llmops.registry.files import WorkspaceFiles, check_supported
from llmops.storage.store import Store

MANY: Final = 12  # more names than that are no help in a message


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds versions in the store. `files` are asked only for the names that a message suggests."""

    store: Store
    files: WorkspaceFiles

    def version(self, ref: Ref) -> Version:
        """The registered version of a ref with a number, alias, `latest` or digest; without a selector the latest.

        Raises:
            NotFound: naming the nearest names, versions or aliases.
            InvalidRef: a shortened digest that several versions begin with.
        """
        found = self.find(ref)
        if found is None:
            raise self.not_found(ref)
        return found

    def find(self, ref: Ref) -> Version | None:
        """The same, or None."""
        check_supported(ref.kind)
        versions = self.store.versions
        if ref.number is not None:
            return versions.get(ref.kind, ref.name, ref.number)
        if ref.digest is not None:
            return versions.by_digest(ref.kind, ref.name, ref.digest)
        if ref.alias is not None:
            held = self.store.aliases.get(ref.kind, ref.name, ref.alias)
            return versions.get(ref.kind, ref.name, held.number) if held else None
        if ref.selector in (None, LATEST):
            return versions.latest(ref.kind, ref.name)
        raise InputError(f"{ref} is the working file, no version", hint="llmops register makes it one.")

    def not_found(self, ref: Ref) -> NotFound:
        """What to say where nothing answers to a ref."""
        bare = f"{ref.kind}/{ref.name}"
        last = self.store.versions.latest(ref.kind, ref.name)
        if last is None:
            return self._unknown_name(ref)
        if ref.number is not None:
            known = "only version 1" if last.number == 1 else f"versions 1 to {last.number}"
            return NotFound(f"{bare} has no version {ref.number}", hint=f"There are {known}: llmops history {bare}")
        if ref.digest is not None:
            return NotFound(f"{bare} has no version with the digest {short(ref.digest)}", hint=f"llmops history {bare}")
        aliases = [alias.alias for alias in self.store.aliases.of(ref.kind, ref.name)]
        near = did_you_mean(str(ref.selector), aliases)
        return NotFound(
            f"{bare} has no alias {ref.selector!r}",
            hint=f"{near} To set it: llmops promote {bare}@{last.number} --to {ref.selector}".strip(),
        )

    def _unknown_name(self, ref: Ref) -> NotFound:
        bare = f"{ref.kind}/{ref.name}"
        place = self.files.path(ref.kind, ref.name)
        if place is not None:
            return NotFound(
                f"{bare} has no versions yet, only the file {self.files.shown(place)}",
                hint="Register it: llmops register",
            )
        known = self.names(ref.kind)
        near = nearest(ref.name, known)
        if near:
            hint = f"Did you mean {near!r}?"
        elif not known:
            hint = f"There is none yet; {self.files.making(ref.kind, ref.name)}."
        else:
            hint = f"Known: {', '.join(known)}." if len(known) <= MANY else f"See them with: llmops list {ref.kind}"
        return NotFound(f"there is no {ref.kind} called {ref.name!r}", hint=hint)

    def names(self, kind: Kind) -> list[str]:
        """All names of a kind, registered or in files."""
        return sorted({artifact.name for artifact in self.store.versions.artifacts(kind)} | set(self.files.names(kind)))
