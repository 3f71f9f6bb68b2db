"""Templates: Jinja2 text with values put in, inside the sandbox.

A template is compiled once for each source and kept. Values must be JSON-like and are copied on the way in, so that a
template sees nothing but text, numbers, booleans, null, lists and maps.
"""

import functools
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from jinja2 import DictLoader, meta, nodes
from jinja2 import Template as Compiled
from jinja2.exceptions import TemplateError, TemplateNotFound, TemplateSyntaxError

from llmops.core.errors import RenderError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.text.budget import MAX_TEXT, Budget, LimitExceeded
from llmops.text.filters import FILTERS, TESTS
from llmops.text.sandbox import Sandbox

MAX_VALUE_DEPTH: Final = 100

_FAILURES: Final = (
    TemplateError, LimitExceeded, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, AssertionError,
    RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A compiled template. `variables` are the names it takes from its values, with the line of the first use in
    `lines` (a name that only an include uses has the line of that include); `includes` are the names it includes."""

    name: str
    first_line: int
    lines: Mapping[str, int]
    includes: tuple[str, ...]
    compiled: Compiled

    @property
    def variables(self) -> frozenset[str]:
        """The names that must be given to `render`."""
        return frozenset(self.lines)

    def render(self, values: Mapping[str, Json]) -> str:
        """Put values in.

        Raises:
            RenderError: a value is not JSON-like, a name is undefined, or the sandbox refuses; with name and line.
        """
        return self.render_plain({key: json_like(value, key) for key, value in values.items()})

    def render_plain(self, values: dict[str, Json]) -> str:
        """Put in values that `json_like` has copied already."""
        try:
            with Budget():
                return self._run(values)
        except _FAILURES as error:
            raise self._explain(error) from error

    def _run(self, given: dict[str, Json]) -> str:
        pieces, length = [], 0
        for piece in self.compiled.root_render_func(self.compiled.new_context(given)):
            pieces.append(piece)
            length += len(piece)
            if length > MAX_TEXT:
                raise LimitExceeded(f"the template prints more than {MAX_TEXT:,} characters")
        return "".join(pieces)

    def _explain(self, error: BaseException) -> RenderError:
        name, line = _position(error.__traceback__, self.compiled)
        if name == self.name and line is not None:
            line += self.first_line - 1
        where = f"{name or self.name}:{line}" if line else self.name
        if isinstance(error, RecursionError):
            return RenderError(f"{where}: the template is nested too deeply", hint="Simplify it.")
        if isinstance(error, LimitExceeded):
            return RenderError(f"{where}: {error}", hint="Make the template do less; compute the value outside it.")
        return RenderError(f"{where}: {error}", hint="Change the template on this line, or the value it uses.")


def compile_template(
    source: str, *, name: str, includes: Mapping[str, str] | None = None, first_line: int = 1
) -> Template:
    """Compile a template, once for each source.

    Args:
        source: Jinja2, as the sandbox allows it.
        name: what messages call it, such as the path of its file.
        includes: the sources of all templates that it includes, also indirectly, by name.
        first_line: the line of its file on which the source begins.

    Raises:
        RenderError: it does not parse, uses what is not allowed, includes what is not there, or includes itself.
    """
    return _compile(source, name, tuple(sorted((includes or {}).items())), first_line)


def find_includes(source: str, *, name: str, first_line: int = 1) -> dict[str, int]:
    """The names in `{% include "…" %}` with the line of the first one; RenderError when the source does not parse."""
    if "include" not in source:
        return {}
    return _includes(_parse(source, name, first_line), first_line)


def json_like(value: Json, name: str, depth: int = 0) -> Json:
    """Copy a value that is text, number, boolean, null, or lists and maps of these; RenderError for anything else."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if depth > MAX_VALUE_DEPTH:
        raise RenderError(f"the value of {name!r} is nested too deeply", hint="Pass a flatter value.")
    if isinstance(value, (list, tuple)):
        return [item if type(item) is str else json_like(item, name, depth + 1) for item in value]
    if isinstance(value, Mapping):
        copied: dict[str, Json] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise RenderError(f"the value of {name!r} has the key {key!r}", hint="Keys must be text.")
            copied[str.__str__(key)] = item if type(item) is str else json_like(item, name, depth + 1)
        return copied
    for kind in (str, int, float):
        if isinstance(value, kind):  # a subclass could answer with more than its value
            return kind.__str__(value) if kind is str else kind(value)
    raise RenderError(
        f"the value of {name!r} holds a {type(value).__name__}",
        hint="Pass text, numbers, booleans, None, lists or maps of these.",
    )


@functools.lru_cache(maxsize=1024)
def _compile(source: str, name: str, includes: tuple[tuple[str, str], ...], first_line: int) -> Template:
    sources = dict(includes)
    tree = _parse(source, name, first_line)
    lines, included = _survey(tree, name, sources, first_line, (name,))
    environment = _sandbox().overlay(loader=DictLoader(sources)) if included else _sandbox()
    try:
        with Budget():
            code = environment.compile(tree, name, f"<{name}>")
            for other in sources if included else ():
                environment.get_template(other)
    except (*_FAILURES, SyntaxError, MemoryError) as error:
        raise _syntax(error, name, first_line) from error
    compiled = Compiled.from_code(environment, code, environment.globals)
    return Template(name, first_line, lines, tuple(included), compiled)


@functools.cache
def _sandbox() -> Sandbox:
    return Sandbox()


def _survey(
    tree: nodes.Template, name: str, sources: Mapping[str, str], first_line: int, path: tuple[str, ...]
) -> tuple[dict[str, int], dict[str, int]]:
    """The variables of a template and all it includes, and its own includes, each with a line."""
    included = _includes(tree, first_line)
    try:
        with Budget():
            free = meta.find_undeclared_variables(tree) - set(_sandbox().globals)
    except _FAILURES as error:
        raise _syntax(error, name, first_line) from error
    lines: dict[str, int] = {}
    for node in tree.find_all(nodes.Name):
        if node.name in free and node.ctx == "load":
            lines[node.name] = min(lines.get(node.name, node.lineno + first_line), node.lineno + first_line - 1)
    for other, line in included.items():
        if other in path:
            circle = " -> ".join([*path[path.index(other) :], other])
            raise RenderError(f"{name}:{line}: includes go in a circle: {circle}", hint="Remove one of them.")
        if other not in sources:
            raise RenderError(f"{name}:{line}: {other!r} is not there to include", hint=did_you_mean(other, sources))
        inner, _ = _survey(_parse(sources[other], other, 1), other, sources, 1, (*path, other))
        lines = {**dict.fromkeys(inner, line), **lines}
    return lines, included


def _parse(source: str, name: str, first_line: int) -> nodes.Template:
    try:
        return _sandbox().parse(source, name)
    except (*_FAILURES, MemoryError) as error:
        raise _syntax(error, name, first_line) from error


def _includes(tree: nodes.Template, first_line: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in tree.find_all(nodes.Include):
        assert isinstance(node.template, nodes.Const)
        found.setdefault(node.template.value, node.lineno + first_line - 1)
    return found


def _syntax(error: BaseException, name: str, first_line: int) -> RenderError:
    if isinstance(error, TemplateSyntaxError):
        problem = error.message or "syntax error"
        own = error.name in (None, name, "<introspection>")
        place = f"{name if own else error.name}:{error.lineno + (first_line - 1 if own else 0)}"
        for noun, known in (("filter", FILTERS), ("test", TESTS)):
            if problem.startswith(f"No {noun} named "):
                word = problem.split("'")[1]
                return RenderError(f"{place}: there is no {noun} {word!r}", hint=did_you_mean(word, known))
        return RenderError(f"{place}: {problem}", hint="See docs/prompts.md for what a template may use.")
    if isinstance(error, TemplateNotFound):
        return RenderError(f"{name}: {error.name!r} is not there to include", hint="Check the name.")
    if isinstance(error, LimitExceeded):
        return RenderError(f"{name}: {error}", hint="Make the template do less.")
    return RenderError(f"{name}: the template is nested too deeply", hint="Simplify it.")


def _position(trace: TracebackType | None, main: Compiled) -> tuple[str | None, int | None]:
    """Name and line of the innermost template frame."""
    found: tuple[str | None, int | None] = (None, None)
    for frame, line in _frames(trace):
        template = frame.get("__jinja_template__")
        if isinstance(template, Compiled):
            found = (template.name, template.get_corresponding_lineno(line))
        elif frame is main.root_render_func.__globals__:
            found = (main.name, main.get_corresponding_lineno(line))
    return found


def _frames(trace: TracebackType | None) -> Iterator[tuple[dict[str, Json], int]]:
    for frame, line in traceback.walk_tb(trace):
        yield frame.f_globals, line
