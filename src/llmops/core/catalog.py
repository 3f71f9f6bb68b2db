"""`Catalog[T]`: named factories behind one door.

Built-ins are strings (`"module:attribute"`), so that nothing is imported until it is asked for; users add with the
decorator or with an entry point of their own package. Built-ins win over entry points of the same name.
"""

import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from llmops.core.errors import InputError, NotFound
from llmops.core.names import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")
F = TypeVar("F")


class Catalog(Generic[T]):
    """Named things of one sort, resolved on first use.

    Args:
        noun: what an entry is called in messages, for example `scorer`.
        group: the entry-point group, for example `llmops.scorers`.
        builtins: name to `"module:attribute"`.
    """

    def __init__(self, noun: str, group: str, builtins: Mapping[str, str]) -> None:
        self.noun = noun
        self.group = group
        self._builtins = dict(builtins)
        self._registered: dict[str, T] = {}
        self._resolved: dict[str, T] = {}
        self._entries: dict[str, EntryPoint] | None = None

    def register(self, name: str) -> Callable[[F], F]:
        """Add the decorated object under a name; a name that is taken is an error."""

        def add(thing: F) -> F:
            if name in self._builtins or name in self._registered:
                raise InputError(f"there is already a {self.noun} called {name!r}", hint="Choose another name.")
            self._registered[name] = cast(T, thing)
            return thing

        return add

    def get(self, name: str) -> T:
        """Resolve a name.

        Raises:
            NotFound: nothing is called so; the hint has the nearest name.
            ExtraMissing: the entry's module needs an optional dependency.
        """
        if name in self._registered:
            return self._registered[name]
        if name not in self._resolved:
            self._resolved[name] = self._resolve(name)
        return self._resolved[name]

    def __contains__(self, name: object) -> bool:
        return name in self._registered or name in self._builtins or name in self._entry_points()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._builtins, *self._registered, *self._entry_points()}))

    def _resolve(self, name: str) -> T:
        if name in self._builtins:
            return cast(T, load(self._builtins[name]))
        entry = self._entry_points().get(name)
        if entry is None:
            raise NotFound(f"there is no {self.noun} called {name!r}", hint=did_you_mean(name, self))
        try:
            return cast(T, entry.load())
        except (ImportError, AttributeError) as error:
            warnings.warn(f"entry point {name!r} of {self.group} is broken: {error}", stacklevel=3)
            raise NotFound(
                f"the {self.noun} {name!r} could not be loaded: {error}",
                hint=f"Reinstall the package that provides {entry.value!r}.",
            ) from error

    def _entry_points(self) -> "dict[str, EntryPoint]":
        if self._entries is None:
            from importlib.metadata import entry_points

            self._entries = {entry.name: entry for entry in entry_points(group=self.group)}
        return self._entries


def entry_names(group: str) -> set[str]:
    """What installed packages add to a group of entry points; nothing of them is imported."""
    from importlib.metadata import entry_points

    return {entry.name for entry in entry_points(group=group)}


def load(path: str) -> object:
    """Import `"module:attribute"`; ImportError or AttributeError if it is not there."""
    module, _, attribute = path.partition(":")
    found: object = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found
