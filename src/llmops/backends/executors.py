"""Where cases of evaluations and documents of indexes are worked on beside this process; opened by name."""

from typing import Final, Protocol

from llmops.core import errors
from llmops.core.catalog import Catalog
from llmops.core.errors import InputError, LlmopsError, NotFound, OutsideError
from llmops.core.hashing import Json
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


def written_error(error: LlmopsError) -> Json:
    """An error as a worker tells it."""
    return {"kind": type(error).__name__, "message": error.message, "hint": error.hint, "exit_code": error.exit_code}


def read_error(written: Json) -> LlmopsError:
    """An error as it was, or of the same exit code."""
    kind: Json = getattr(errors, written["kind"], None)
    if kind in (None, errors.ExtraMissing, errors.InvalidFile):  # those are made of other things than what they say
        kind = OutsideError if written["exit_code"] == OutsideError.exit_code else InputError
    error = kind(written["message"], hint=written["hint"])
    assert isinstance(error, LlmopsError)
    return error
