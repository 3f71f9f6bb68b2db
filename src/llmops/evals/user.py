"""Scorers that people write: a function of their own, named `module:function` in a suite.

    from llmops.evals.user import scorer

    @scorer
    def cites_a_source(output: str, contexts: list[str]) -> float: ...

Parameters are matched by name: `output`, `inputs`, `expectations`, `contexts`, `metadata`, `reply`; any other is an
argument that the suite gives. The function may be `async def`; a plain one runs in a thread, so that it may block. It
returns a number, True or False, a label (a text), or a `Score`.

The decorator declares range, direction, unit and version. Without it the same function works too, with its defaults.
"""

import importlib
import inspect
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar, overload

from llmops.core.bridge import to_thread
from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import Json, digest
from llmops.core.names import did_you_mean
from llmops.domain.evaluation import Direction, Score
from llmops.domain.ports import Sample, Scorer

F = TypeVar("F", bound=Callable[..., object])

SAMPLE_FIELDS = frozenset(f.name for f in fields(Sample))
_MARK = "__llmops_scorer__"
_IMPORT_FAILURES = (  # what importing a module of someone else may raise
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


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
    def identity(self) -> Json:
        """Name, version (declared, or the digest of the source code) and arguments."""
        version = self.declared.version or digest("source", _source(self.function))
        return {"name": self.name, "version": version, "arguments": dict(self.arguments)}

    async def score(self, sample: Sample) -> Score:
        """Call the function with what it asks for."""
        given = {name: getattr(sample, name) for name in self.wants}
        if self.texts_only and "contexts" in given:
            given["contexts"] = [context.text for context in sample.contexts]
        if inspect.iscoroutinefunction(self.function):
            return _as_score(self.name, await self.function(**given, **self.arguments))
        found = await to_thread(self.function, **given, **self.arguments)
        return _as_score(self.name, await found if isinstance(found, Awaitable) else found)


def wrap_function(function: object, *, name: str, arguments: Mapping[str, Json]) -> Scorer:
    """Make a Scorer of a function.

    Raises:
        InputError: it is no function, takes a parameter that nobody gives, or does not take an argument that is given.
    """
    if not callable(function) or isinstance(function, type):
        raise InputError(f"{name!r} is no function", hint="Name a function that takes output and returns a number.")
    parameters = inspect.signature(function).parameters
    by_position = [p.name for p in parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)]
    if by_position:
        raise InputError(
            f"scorer {name!r}: parameter {by_position[0]!r} cannot be given by name", hint="Take parameters by name."
        )
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    own = [n for n, p in parameters.items() if n not in SAMPLE_FIELDS and p.kind is not p.VAR_KEYWORD]
    for given in arguments:
        if given not in own and not takes_any:
            raise InputError(
                f"scorer {name!r} takes no argument {given!r}", hint=did_you_mean(given, [*own, "min", "max", "name"])
            )
    for parameter in own:
        if parameter not in arguments and parameters[parameter].default is inspect.Parameter.empty:
            raise InputError(
                f"scorer {name!r} needs the argument {parameter!r}",
                hint=f"Give it in the suite, {name}: {{{parameter}: …}}; samples have {', '.join(sorted(SAMPLE_FIELDS))}.",
            )
    wants = tuple(n for n in parameters if n in SAMPLE_FIELDS)
    texts_only = "contexts" in wants and "Context" not in str(parameters["contexts"].annotation)
    return FunctionScorer(function, name, getattr(function, _MARK, Declared()), dict(arguments), wants, texts_only)


def import_attribute(path: str, root: Path) -> object:
    """Import `module:attribute` with the workspace folder on the path, which it leaves again.

    Raises:
        NotFound: there is no such module or attribute; the hint has the nearest name.
        InputError: the module fails while it is imported, or another one of that name was loaded before.
    """
    module_name, _, attribute = path.partition(":")
    top = module_name.partition(".")[0]
    with _on_path(root):
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
                raise InputError(f"scorer {path!r}: {error}", hint=f"pip install {error.name}") from error
            raise NotFound(
                f"there is no module {module_name!r} for scorer {path!r}",
                hint=f"Put {module_name.replace('.', '/')}.py below {root}, or install the package.",
            ) from error
        except _IMPORT_FAILURES as error:
            raise InputError(
                f"scorer {path!r}: importing {module_name} failed: {type(error).__name__}: {error}",
                hint=f'Try: python -c "import {module_name}"',
            ) from error
    here = [candidate for candidate in (root / top, root / f"{top}.py") if candidate.exists()]
    origin = getattr(module, "__file__", None)
    if here and origin is not None and not Path(origin).resolve().is_relative_to(root.resolve()):
        raise InputError(
            f"scorer {path!r}: {top!r} is already the module {origin}, not {here[0]}", hint="Rename yours."
        )
    if not hasattr(module, attribute):
        known = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
        raise NotFound(f"module {module_name!r} has no {attribute!r}", hint=did_you_mean(attribute, known))
    found: object = getattr(module, attribute)
    return found


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


def _source(function: Callable[..., object]) -> str:
    """The source code of a function, or of the class of a callable object; its name where there is none."""
    code = function if inspect.isroutine(function) else type(function)
    try:
        return inspect.getsource(code)
    except (OSError, TypeError):
        return f"{code.__module__}.{code.__qualname__}"


@contextmanager
def _on_path(root: Path) -> Iterator[None]:
    """Put the workspace folder first on `sys.path`."""
    entry = str(root.resolve())
    sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(entry)
