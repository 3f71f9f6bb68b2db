"""Where the cases of an evaluation are carried out beside this process; opened by name, nothing is imported before."""

from typing import Final, Protocol

from llmops.core.catalog import Catalog
from llmops.core.errors import NotFound
from llmops.core.names import did_you_mean
from llmops.core.settings import Settings

LOCAL: Final = "local"
"""This process: needs no workers."""


class Worker(Protocol):
    """Does pieces of work, told and answered in text, in a process of its own; or many that take turns."""

    async def do(self, work: str) -> str:
        """Do one piece of work."""
        ...

    async def close(self) -> None:
        """Do no more."""
        ...


class OpenWorkers(Protocol):
    """Starts workers. Each calls the `opener` (`"module:function"`) with the recipe, and gives what it returns its work.

    `concurrency` is how many pieces of work are under way at once, on all of them together.
    """

    def __call__(self, settings: Settings, *, opener: str, recipe: str, concurrency: int) -> Worker: ...


EXECUTORS: Final[Catalog[OpenWorkers]] = Catalog(
    "executor", "llmops.executors", {"ray": "llmops.backends.ray_workers:open_workers"}
)


def find_executor(name: str) -> OpenWorkers | None:
    """How the workers of an executor are started; None for `local`, which has none.

    Raises:
        NotFound: no executor is called so; the hint has the nearest.
    """
    if name == LOCAL:
        return None
    if name not in EXECUTORS:
        raise NotFound(f"there is no executor called {name!r}", hint=did_you_mean(name, [LOCAL, *EXECUTORS]))
    return EXECUTORS.get(name)
