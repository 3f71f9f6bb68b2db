"""Scorers of the output's format: JSON and what is in it, XML, SQL."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from llmops.core.errors import InputError
from llmops.core.extras import require
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.json_text import parse_json_output
from llmops.text.json_path import find_all, parse_path

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

MOST_DEPTH: Final = 200  # elements within each other
LONGEST_SQL: Final = 100_000  # characters


@dataclass(frozen=True)
class IsJson(Definition):
    """Tell whether the output is JSON.

    Definition: 1 if the whole output is one JSON value (RFC 8259: no NaN, no text around it), else 0 with what is wrong.
    Range: 0 or 1; higher is better. Empty input: an empty output is no JSON and scores 0.
    Source: RFC 8259.
    """

    name = "is_json"

    def score(self, sample: Sample) -> Score:
        """Parse the output."""
        try:
            parse_json_output(sample.output)
        except ValueError as error:
            return Score(value=0.0, passed=False, reason=f"no JSON: {error}")
        return Score(value=1.0, passed=True)


@dataclass(frozen=True)
class JsonPath(Definition):
    """Tell whether the output's JSON has a value at a path, or a certain one.

    Definition: 1 if something is at `path` in the output's JSON and, where a value is expected, equals it; else 0. The value
    is `value`, or without it `expectations.value`; without both it is enough that something is there. A path is `$` with
    `.name`, `['name']`, `[0]`, `[-1]`, `.*` or `[*]` behind it; where it means several places, one of them is enough.
    Without `path` each case brings its own as `expectations.path`.
    Range: 0 or 1; higher is better. Empty input: an empty output is no JSON and scores 0; no path: not applicable.
    Source: child, index and wildcard selectors of RFC 9535.
    """

    path: str | None = None
    value: Json = None
    name = "json_path"

    def __post_init__(self) -> None:
        if self.path is not None:
            parse_path(self.path)

    def score(self, sample: Sample) -> Score:
        """Parse the output and look at the path."""
        path = sample.expectations.get("path") if self.path is None else self.path
        if path is None:
            return Score.not_applicable("no path, and no expectations.path")
        if not isinstance(path, str):
            raise InputError(f"expectations.path is {path!r}", hint="Write a path such as $.total.")
        try:
            found = find_all(parse_json_output(sample.output), parse_path(path))
        except ValueError as error:
            return Score(value=0.0, passed=False, reason=f"no JSON: {error}")
        if not found:
            return Score(value=0.0, passed=False, reason=f"there is nothing at {path}")
        wanted = sample.expectations.get("value") if self.value is None else self.value
        if wanted is None or any(is_same(value, wanted) for value in found):
            return Score(value=1.0, passed=True)
        return Score(value=0.0, passed=False, reason=f"{path} is {found[0]!r:.200}, not {wanted!r:.200}")


@dataclass(frozen=True)
class XmlValid(Definition):
    """Tell whether the output is well-formed XML.

    Definition: 1 if the whole output is one well-formed XML document that has all `elements`, else 0 with what is wrong. An
    element is a path of names from the root, such as `order/item`. A document that declares entities, or has elements more
    than 200 deep, is refused and scores 0; nothing outside of it is ever read.
    Range: 0 or 1; higher is better. Empty input: an empty output is no XML and scores 0.
    Source: XML 1.0, as the parser expat of Python's standard library reads it.
    """

    elements: list[str] = field(default_factory=list)
    name = "xml_valid"

    def score(self, sample: Sample) -> Score:
        """Parse the output and look for the elements."""
        try:
            found = _element_paths(sample.output.strip())
        except ValueError as error:
            return Score(value=0.0, passed=False, reason=str(error))
        for path in self.elements:
            if path.strip("/") not in found:
                return Score(value=0.0, passed=False, reason=f"there is no element {path}")
        return Score(value=1.0, passed=True)


@dataclass(frozen=True)
class SqlValid(Definition):
    """Tell whether the output is SQL.

    Definition: 1 if all of the output is statements of the `dialect` (`postgres`, `sqlite`, `mysql`, `bigquery` …; without
    one the common ground of many), else 0 with the first error. With `read_only` each must be a query that changes nothing.
    It is parsed, and compared with no schema: tables and columns may not exist. Statements that the parser leaves whole,
    such as CALL, count as SQL, not as queries.
    Range: 0 or 1; higher is better. Empty input: an empty output has no statement and scores 0.
    Source: the parser of the library sqlglot, whose version is part of the identity.
    """

    dialect: str = ""
    read_only: bool = False
    name = "sql_valid"

    def __post_init__(self) -> None:
        require("sqlglot", "scorers", needed_for="sql_valid")
        if self.dialect:
            from sqlglot import Dialects

            known = [dialect.value for dialect in Dialects if dialect.value]
            if self.dialect not in known:
                raise InputError(f"{self.dialect!r} is no dialect", hint=did_you_mean(self.dialect, known))

    def score(self, sample: Sample) -> Score:
        """Parse the output's statements."""
        from sqlglot.errors import SqlglotError

        if len(sample.output) > LONGEST_SQL:
            return Score.missing(f"{len(sample.output):,} characters; at most {LONGEST_SQL:,} are parsed")
        try:
            statements = list(_statements(sample.output, self.dialect))
        except SqlglotError as error:
            return Score(value=0.0, passed=False, reason=str(error).partition("\n")[0][:500])
        except RecursionError:
            return Score(value=0.0, passed=False, reason="it is nested too deeply")
        if not statements:
            return Score(value=0.0, passed=False, reason="there is no statement")
        for statement in statements:
            if problem := _problem(statement, read_only=self.read_only):
                return Score(value=0.0, passed=False, reason=problem)
        return Score(value=1.0, passed=True)

    def dependencies(self) -> dict[str, Json]:
        """Return the version of sqlglot."""
        from importlib.metadata import version

        return {"library": f"sqlglot {version('sqlglot')}"}


def is_same(a: Json, b: Json) -> bool:
    """Tell whether two JSON values are equal; 1 equals 1.0, and true equals only true."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(is_same(value, b[key]) for key, value in a.items())
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(is_same, a, b))
    return bool(a == b)


def _element_paths(text: str) -> set[str]:
    """The paths of all elements of a document; ValueError where it is none."""
    from xml.parsers.expat import ExpatError, ParserCreate  # entities are refused below

    stack: list[str] = []
    found: set[str] = set()

    def begin(name: str, attributes: dict[str, str]) -> None:
        stack.append(name)
        if len(stack) > MOST_DEPTH:
            raise ValueError(f"elements are nested more than {MOST_DEPTH} deep")
        found.add("/".join(stack))

    def refuse(*declared: str | int | None) -> None:
        raise ValueError(f"it declares the entity {declared[0]!r}, which is refused")

    parser = ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda name: stack.pop()
    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except ExpatError as error:
        raise ValueError(f"no XML: {error}") from error
    except UnicodeEncodeError as error:
        raise ValueError("no XML: it has characters that no encoding has") from error
    return found


def _statements(text: str, dialect: str) -> Iterator["Expression"]:
    import logging

    import sqlglot

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of what it cannot take apart, which is judged below
    for statement in sqlglot.parse(text, read=dialect or None):
        if isinstance(statement, sqlglot.exp.Command) and str(statement.this).upper() == "EXPLAIN":
            yield from _statements(statement.expression.name, dialect)
        elif statement is not None:
            yield statement


def _problem(statement: "Expression", *, read_only: bool) -> str:
    """Why a parsed expression is no statement; sqlglot also parses `a + b`, and takes two words for a column's alias."""
    writes, statements = _kinds()
    if not isinstance(statement, statements):
        return f"this is an expression and no statement: {statement.sql()[:100]}"
    if read_only:
        changing = next(iter(statement.find_all(*writes)), None)
        if changing is not None:
            return f"this changes something: {changing.sql()[:100]}"
    return ""


@lru_cache(maxsize=1)
def _kinds() -> tuple[tuple[type["Expression"], ...], tuple[type["Expression"], ...]]:
    """The expressions that change something, and those that are statements."""
    from sqlglot import expressions as e

    writes = (
        e.Insert, e.Update, e.Delete, e.Merge, e.Create, e.Drop, e.Alter, e.TruncateTable, e.Command, e.Into, e.Grant,
        e.Set, e.Copy, e.LoadData, e.Comment, e.Transaction, e.Commit, e.Rollback, e.Use, e.Pragma, e.Lock,
    )  # fmt: skip
    reads = (e.Query, e.Values, e.Describe, e.Show, e.Analyze)
    return writes, (*writes, *reads)
