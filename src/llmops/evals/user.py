"""Scorers that people write: a function of their own, named `module:function` in a suite.

    from llmops.evals.user import scorer

    @scorer
    def cites_a_source(output: str, contexts: list[str]) -> float: ...

Parameters are matched by name: `output`, `inputs`, `expectations`, `contexts`, `metadata`, `reply`; any other is an
argument that the suite gives. The function may be `async def`; a plain one runs in a thread, so that it may block. It
returns a number, True or False, a label (a text), or a `Score`.

The decorator declares range, direction, unit and version. Without it the same function works too, with its defaults.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar, overload

from llmops.core.callables import call, match_arguments, source_of
from llmops.core.errors import InputError
from llmops.core.hashing import Json, digest
from llmops.domain.evaluation import Direction, Score
from llmops.domain.ports import Sample, Scorer

F = TypeVar("F", bound=Callable[..., object])

SAMPLE_FIELDS = frozenset(f.name for f in fields(Sample)) - {"repeat"}
_MARK = "__llmops_scorer__"


@dataclass(frozen=True, slots=True)
class Declared:
    """What `@scorer` says about a function. Without a version its source code is its version."""

    direction: Direction = "higher"
    range: tuple[float, float] | None = (0.0, 1.0)
    unit: str = ""
    version: str = ""


@overload
def scorer(function: F, /) -> F: ...


@overload
def scorer(
    *,
    direction: Direction = "higher",
    range: tuple[float, float] | None = (0.0, 1.0),  # the word of the Scorer protocol
    unit: str = "",
    version: str = "",
) -> Callable[[F], F]: ...


def scorer(
    function: F | None = None,
    /,
    *,
    direction: Direction = "higher",
    range: tuple[float, float] | None = (0.0, 1.0),  # noqa: A002  # the word of the Scorer protocol
    unit: str = "",
    version: str = "",
) -> F | Callable[[F], F]:
    """Declare a function as a scorer; it stays an ordinary function.

    Args:
        function: the function, where the decorator is written without brackets.
        direction: whether higher or lower is better.
        range: the lowest and highest value, None where there are none; a value outside it is a missing score.
        unit: what tables print behind a value.
        version: change it when the same arguments may give other numbers; by default the function's own source code.
    """
    declared = Declared(direction, range, unit, version)

    def mark(marked: F) -> F:
        setattr(marked, _MARK, declared)
        return marked

    return mark if function is None else mark(function)


@dataclass(frozen=True, slots=True)
class FunctionScorer:
    """A function as a Scorer. `wants` are the fields of a Sample that it takes, `texts_only` whether contexts as texts."""

    function: Callable[..., object]
    name: str
    declared: Declared
    arguments: Mapping[str, Json]
    wants: tuple[str, ...]
    texts_only: bool

    @property
    def direction(self) -> Direction:
        """As declared."""
        return self.declared.direction

    @property
    def range(self) -> tuple[float, float] | None:
        """As declared."""
        return self.declared.range

    @property
    def unit(self) -> str:
        """As declared."""
        return self.declared.unit

    @property
    def reads_output(self) -> bool:
        """Whether it asks for the answer."""
        return "output" in self.wants

    @property
    def identity(self) -> Json:
        """Name, version (declared, or the digest of the source code) and arguments."""
        version = self.declared.version or digest("source", source_of(self.function))
        return {"name": self.name, "version": version, "arguments": dict(self.arguments)}

    async def score(self, sample: Sample) -> Score:
        """Call the function with what it asks for."""
        given = {name: getattr(sample, name) for name in self.wants}
        if self.texts_only and "contexts" in given:
            given["contexts"] = [context.text for context in sample.contexts]
        return _as_score(self.name, await call(self.function, {**given, **self.arguments}))


def wrap_function(function: object, *, name: str, arguments: Mapping[str, Json]) -> Scorer:
    """Make a Scorer of a function.

    Raises:
        InputError: it is no function, takes a parameter that nobody gives, or does not take an argument that is given.
    """
    if not callable(function) or isinstance(function, type):
        raise InputError(f"{name!r} is no function", hint="Name a function that takes output and returns a number.")
    wants = match_arguments(
        function,
        f"scorer {name!r}",
        arguments,
        offered=SAMPLE_FIELDS,
        also=("min", "max", "name"),
        hint=f"Give it in the suite, {name}: {{{{{{name}}: …}}}}; samples have {', '.join(sorted(SAMPLE_FIELDS))}.",
    )
    contexts = inspect.signature(function).parameters.get("contexts")
    texts_only = contexts is not None and "Context" not in str(contexts.annotation)
    return FunctionScorer(function, name, getattr(function, _MARK, Declared()), dict(arguments), wants, texts_only)


def _as_score(name: str, found: object) -> Score:
    """What a function returned, as a Score."""
    if isinstance(found, Score):
        return found
    if isinstance(found, bool):
        return Score(value=float(found), passed=found)
    if isinstance(found, (int, float)):
        return Score(value=float(found))
    if isinstance(found, str):
        return Score(label=found)
    return Score.missing(f"{name} returned {found!r:.100}, which is no number, bool, label or Score")
