"""A team's own retriever: a function that is asked by name for what it takes, and whose answer is checked before it is used.

def find(question: str, k: int, filters: dict) -> list[Context]: ...
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError

from llmops.core.callables import call, match_arguments
from llmops.core.errors import InputError, LlmopsError, OutsideError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context, Hits
from llmops.domain.filters import Filters, admits, wanted

OFFERED: Final = frozenset({"question", "k", "filters"})
_RETURNS: Final = "Return a list of Context(id, text, score, metadata), best first."


@dataclass(frozen=True, slots=True)
class FunctionSearch:
    """Searches by a function, `def` or `async def`.

    Attributes:
        function: what is called.
        path: `module:function`, for messages.
        version: what its author says its answers depend on.
        k: how many are asked for where nobody says.
        arguments: given to it besides.
        takes: which of `question`, `k`, `filters` it takes.
    """

    function: Callable[..., object]
    path: str
    version: str
    k: int
    arguments: Mapping[str, Json] = field(default_factory=dict)
    takes: tuple[str, ...] = ("question",)

    async def __call__(self, text: str, *, k: int | None = None, filters: Filters | None = None) -> Hits:
        """Call it, and check what it returned.

        Raises:
            OutsideError: it failed.
            InputError: it returned something else than contexts, or one that does not pass the filters.
        """
        offered: dict[str, Json] = {"question": text, "k": k or self.k, "filters": dict(filters or {})}
        given = {name: offered[name] for name in self.takes}
        try:
            found = await call(self.function, {**self.arguments, **given})
        except LlmopsError:
            raise
        except Exception as error:  # wall: somebody else's code, whose failures are named after it
            raise OutsideError(
                f"the retriever {self.path} failed: {type(error).__name__}: {error}",
                hint=f"Call it yourself with the question: {text[:80]!r}",
            ) from error
        contexts = self._contexts(found)
        self._check(contexts, filters)
        return Hits(contexts=contexts[: k or self.k], generation=f"{self.path};{self.version}", sequence=0)

    def _contexts(self, found: object) -> tuple[Context, ...]:
        if isinstance(found, str | bytes | Mapping) or not hasattr(found, "__iter__"):
            raise self._rubbish(f"returned {_shown(found)}, which is no list")
        contexts: list[Context] = []
        for number, item in enumerate(found, 1):
            if not isinstance(item, Context):
                try:
                    item = Context.model_validate(item, strict=True)
                except ValidationError as error:
                    first = error.errors(include_url=False)[0]
                    at = ".".join(map(str, first["loc"]))
                    raise self._rubbish(
                        f"returned {_shown(item)} as number {number}, which is no context ({at}: {first['msg']})"
                        if at
                        else f"returned {_shown(item)} as number {number}, which is no context"
                    ) from error
            if item.score != item.score:
                raise self._rubbish(f"returned the context {item.id!r} with a score that is no number")
            contexts.append(item)
        twice = {c.id for c in contexts if sum(other.id == c.id for other in contexts) > 1}
        if twice:
            raise self._rubbish(f"returned the context {min(twice)!r} twice")
        return tuple(contexts)

    def _check(self, contexts: tuple[Context, ...], filters: Filters | None) -> None:
        """See that nothing is there that was not to be found: a retriever that ignores a filter would show it to anybody."""
        any_of = wanted(filters)
        for context in contexts:
            if not admits(any_of, context.metadata):
                keys = ", ".join(filters or {})
                raise InputError(
                    f"the retriever {self.path} returned the context {context.id!r}, whose metadata does not pass the "
                    f"filters ({keys})",
                    hint="Take `filters` as a parameter, and give contexts the metadata that they are filtered by.",
                )

    def _rubbish(self, problem: str) -> InputError:
        return InputError(f"the retriever {self.path} {problem}", hint=_RETURNS)


def wrap_retriever(function: object, path: str, version: str, k: int, arguments: Mapping[str, Json]) -> FunctionSearch:
    """Make a search of what was imported.

    Raises:
        InputError: it is no function, or cannot be called with a question and the arguments given.
    """
    who = f"retriever {path!r}"
    if not callable(function) or isinstance(function, type):
        raise InputError(f"{who} is no function", hint="Name a function that takes `question`, and `k` and `filters`.")
    takes = match_arguments(
        function,
        who,
        arguments,
        offered=OFFERED,
        also=("python", "version"),
        hint="Write it under arguments: {{{name}: …}}.",
    )
    if "question" not in takes:
        raise InputError(f"{who} does not take `question`", hint="def find(question: str, k: int, filters: dict): …")
    return FunctionSearch(function, path, version, k, dict(arguments), takes)


def _shown(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text[:80]}{'…' if len(text) > 80 else ''}"
