"""The filters, tests and functions that a template may use; what is not here does not exist for it.

Those of Jinja2 keep their meaning. The ones that can grow their input (`join`, `replace`, `indent`, `format` …) are written
anew with a check before they work; the rest pay for what they return. Left out on purpose: `attr`, `random`, `pprint`,
`safe`, `xmlattr`, `urlize`, `center` and everything else a prompt has no use for.
"""

import functools
import html
import itertools
import json
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Final, cast

from jinja2 import Environment, filters, tests
from jinja2.filters import make_attrgetter
from jinja2.utils import Cycler, Joiner, Namespace, pass_environment

from llmops.core.hashing import Json
from llmops.text.budget import MAX_ITEMS, LimitExceeded, allow_items, allow_text, as_text, paid, spend, ticking, weigh

MAX_WIDTH: Final = 1000  # of padding, indents and lines
MAX_RANGE: Final = 10_000

_CONVERSION: Final = re.compile(r"%(?:\([^)]*\))?[#0\- +]*(\*|\d+)?(?:\.(\*|\d+)?)?")


class Method:
    """A function or method that the sandbox lets a template call."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Json]) -> None:
        self.function = function


def check_width(width: Json) -> None:
    """Refuse a padding, indent or precision that is beyond reason."""
    if not isinstance(width, int) or abs(width) > MAX_WIDTH:
        raise LimitExceeded(f"a width of {width} is more than {MAX_WIDTH:,}")


def format_percent(pattern: str, values: Json) -> str:
    """Format as `%` does, with text and numbers only and no width beyond MAX_WIDTH."""
    for conversion in _CONVERSION.finditer(pattern):
        for width in filter(None, conversion.groups()):
            check_width(int(width[:9]) if width.isdecimal() else width)
    given = values.values() if isinstance(values, Mapping) else values if isinstance(values, tuple) else (values,)
    longest = 0
    for value in given:
        if not isinstance(value, (str, int, float)):
            raise TypeError(f"a {type(value).__name__} cannot be formatted; only text and numbers can")
        longest = max(longest, len(value) if isinstance(value, str) else 0)
    allow_text(len(pattern) + pattern.count("%") * longest)
    return str(pattern % values)


def join_text(parts: Iterable[Json], separator: Json = "") -> str:
    """Join the texts of values."""
    texts = [as_text(part) for part in ticking(parts)]
    glue = as_text(separator)
    allow_text(sum(map(len, texts)) + len(glue) * len(texts))
    return glue.join(texts)


def replace_text(text: Json, old: Json, new: Json, count: int | None = None) -> str:
    """Replace a part of a text, at most `count` times."""
    whole, gone, put = as_text(text), as_text(old), as_text(new)
    found = whole.count(gone) if count is None or count < 0 else min(count, whole.count(gone))
    allow_text(max(len(whole), len(whole) + found * (len(put) - len(gone))))
    return whole.replace(gone, put, -1 if count is None else count)


def multiply(left: Json, right: Json) -> Json:
    """`*` for numbers, texts and lists of bounded size."""
    for sequence, times in ((left, right), (right, left)):
        if isinstance(sequence, (str, list, tuple)) and isinstance(times, int):
            length = len(sequence) * max(times, 0)
            if isinstance(sequence, str):
                allow_text(length)
            else:
                allow_items(weigh(sequence)[0] * max(times, 0))
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 4096:
        raise LimitExceeded("the template computes a number of more than 4096 bits")
    return left * right


def power(left: Json, right: Json) -> Json:
    """`**` for numbers of bounded size."""
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > 4096:
        raise LimitExceeded("the template computes a number of more than 4096 bits")
    return left**right


def add(left: Json, right: Json) -> Json:
    """`+` for numbers, texts and lists of bounded size."""
    if isinstance(left, str) and isinstance(right, str):
        allow_text(len(left) + len(right))
        return left + right
    return paid(left + right)


def modulo(left: Json, right: Json) -> Json:
    """`%` for numbers, and formatting for texts."""
    return format_percent(left, right) if isinstance(left, str) else left % right


def slice_of(value: Json, start: Json, stop: Json, step: Json) -> Json:
    """`value[start:stop:step]`."""
    return paid(value[start:stop:step])


def _range(*bounds: int) -> range:
    turns = range(*bounds)
    if len(turns) > MAX_RANGE:
        raise LimitExceeded(f"range of {len(turns):,} is more than {MAX_RANGE:,}")
    return turns


@pass_environment
def _join(environment: Environment, value: Iterable[Json], d: str = "", attribute: str | int | None = None) -> str:
    return join_text(map(make_attrgetter(environment, attribute), value) if attribute is not None else value, d)


@pass_environment
def _sum(environment: Environment, value: Iterable[Json], attribute: str | int | None = None, start: Json = 0) -> Json:
    total = start
    for item in map(make_attrgetter(environment, attribute), value) if attribute is not None else value:
        if not isinstance(item, (int, float)) or not isinstance(total, (int, float)):
            raise TypeError("sum adds numbers; use join for text")
        total = total + item
    return total


def _list(value: Iterable[Json]) -> list[Json]:
    taken = list(itertools.islice(value, MAX_ITEMS + 1))
    if len(taken) > MAX_ITEMS:
        raise LimitExceeded(f"the template makes a list of more than {MAX_ITEMS:,} values")
    return taken


def _indent(text: Json, width: Json = 4, first: bool = False, blank: bool = False) -> str:
    text = as_text(text)
    check_width(len(width) if isinstance(width, str) else width)
    prefix = width if isinstance(width, str) else " " * width
    allow_text(len(text) + (text.count("\n") + 1) * len(prefix))
    head, *rest = text.split("\n")
    lines = [prefix + head if first else head, *(prefix + line if line or blank else line for line in rest)]
    return "\n".join(lines)


def _wordwrap(text: Json, width: int = 79) -> str:
    text = as_text(text)
    check_width(width)
    allow_text(2 * len(text))
    return "\n".join("\n".join(textwrap.wrap(line, width)) for line in text.split("\n"))


def _tojson(value: Json, indent: int | None = None) -> str:
    values, characters = weigh(value)
    check_width(indent or 0)
    allow_text(characters + values * (indent or 0))
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _escape(text: Json) -> str:
    return html.escape(as_text(text))


def _format(pattern: Json, *values: Json, **named: Json) -> str:
    return format_percent(as_text(pattern), named or values)


def _batch(value: Iterable[Json], linecount: int, fill_with: Json = None) -> list[list[Json]]:
    allow_items(linecount)
    return list(filters.do_batch(value, linecount, fill_with))


def _slice(value: Iterable[Json], slices: int, fill_with: Json = None) -> list[list[Json]]:
    allow_items(slices)
    return list(filters.sync_do_slice(_list(value), slices, fill_with))


def _round(value: float, precision: int = 0, method: str = "common") -> float:
    if abs(precision) > 15:
        raise LimitExceeded(f"a precision of {precision} is more than 15")
    return filters.do_round(
        value, precision, "ceil" if method == "ceil" else "floor" if method == "floor" else "common"
    )


def _limited(function: Callable[..., Json]) -> Callable[..., Json]:
    """Pay before and for what comes back. `wraps` keeps the mark by which Jinja2 passes context or environment."""

    @functools.wraps(function)
    def run(*arguments: Json, **named: Json) -> Json:
        spend()
        return paid(function(*arguments, **named))

    return run


def _on_text(function: Callable[..., Json]) -> Callable[..., Json]:
    def run(text: Json, *arguments: Json, **named: Json) -> Json:
        return function(as_text(text), *arguments, **named)

    return run


_JINJA: Final = cast(Mapping[str, Callable[..., Json]], filters.FILTERS)
_JINJA_TESTS: Final = cast(Mapping[str, Callable[..., Json]], tests.TESTS)
_OWN: Final = dict[str, Callable[..., Json]](
    batch=_batch, e=_escape, escape=_escape, format=_format, indent=_indent, join=_join, list=_list, replace=replace_text,
    round=_round, slice=_slice, string=as_text, sum=_sum, tojson=_tojson, wordwrap=_wordwrap,
)  # fmt: skip
_OF_TEXT: Final = ("capitalize", "lower", "title", "trim", "upper", "wordcount")
_AS_THEY_ARE: Final = (
    "abs", "count", "d", "default", "dictsort", "first", "float", "groupby", "int", "items", "last", "length", "map", "max",
    "min", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "truncate", "unique",
)  # fmt: skip
_TESTS: Final = (
    "!=", "<", "<=", "==", ">", ">=", "boolean", "defined", "divisibleby", "eq", "equalto", "even", "false", "float", "ge",
    "greaterthan", "gt", "in", "integer", "iterable", "le", "lessthan", "lower", "lt", "mapping", "ne", "none", "number", "odd",
    "sequence", "string", "true", "undefined", "upper",
)  # fmt: skip

FILTERS: Final[Mapping[str, Callable[..., Json]]] = {
    **{name: _limited(function) for name, function in _OWN.items()},
    **{name: _limited(_on_text(_JINJA[name])) for name in _OF_TEXT},
    **{name: _limited(_JINJA[name]) for name in _AS_THEY_ARE},
}
TESTS: Final[Mapping[str, Callable[..., Json]]] = {name: _JINJA_TESTS[name] for name in _TESTS}
FUNCTIONS: Final[Mapping[str, Method]] = {
    "range": Method(_range),
    "dict": Method(dict),
    "namespace": Method(Namespace),
    "cycler": Method(Cycler),
    "joiner": Method(lambda separator=", ": Method(Joiner(separator))),
}
