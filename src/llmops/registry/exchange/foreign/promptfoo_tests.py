"""Tests of promptfoo, wherever they are written, as values and assertions with their lines."""

import contextlib
import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.beside import Beside
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.prompt_text import variable
from llmops.text.json_document import parse_json
from llmops.text.yaml import YamlDocument, parse_yaml
from llmops.text.yaml_builder import Place

MAX_CASES: Final = 10_000

_KNOWN: Final = frozenset({"description", "vars", "assert", "metadata"})
_EXPECTED: Final = re.compile(r"([a-z][a-z-]*)(?:\(([\d.]+)\))?:\s?(.*)", re.DOTALL)
_TEMPLATE: Final = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion, and where it stands."""

    type: str
    value: Json
    threshold: float | None
    file: str
    line: int | None
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Test:
    """One test with one value a variable."""

    __test__ = False  # for pytest, which collects classes of this name

    file: str
    line: int | None
    description: str
    values: dict[str, Json]
    assertions: tuple[Assertion, ...]
    metadata: dict[str, Json]


@dataclass(slots=True)
class TestReader:
    """Reads the tests of a configuration."""

    __test__ = False

    conversion: Conversion
    beside: Beside
    shared: tuple[Assertion, ...] = ()
    shared_values: dict[str, Json] = field(default_factory=dict)
    shared_metadata: dict[str, Json] = field(default_factory=dict)

    def read(self, document: YamlDocument) -> list[Test]:
        """All tests, those of `defaultTest` merged in."""
        self._read_default(document)
        given = document.data.get("tests")
        tests = list(itertools.islice(self._tests(document, ("tests",), given), MAX_CASES + 1))
        if len(tests) > MAX_CASES:
            self.conversion.note(document, ("tests",), f"only the first {MAX_CASES:,} tests were converted")
        return tests[:MAX_CASES]

    def _read_default(self, document: YamlDocument) -> None:
        given = document.data.get("defaultTest")
        if isinstance(given, str):
            self.conversion.note(document, ("defaultTest",), f"{given} was not read; write its tests here")
        if not isinstance(given, dict):
            return
        self._note_rest(document, ("defaultTest",), given)
        self.shared = tuple(self._assertions(document, ("defaultTest", "assert"), given.get("assert")))
        self.shared_values = self._values(document, ("defaultTest", "vars"), given.get("vars"))
        self.shared_metadata = given["metadata"] if isinstance(given.get("metadata"), dict) else {}

    def _tests(self, document: YamlDocument, at: Place, given: Json) -> Iterator[Test]:
        if isinstance(given, str):
            yield from self._elsewhere(document, at, given)
        for index, item in enumerate(given if isinstance(given, list) else []):
            place = (*at, index)
            if isinstance(item, str):
                yield from self._elsewhere(document, place, item)
            elif isinstance(item, dict):
                yield from self._test(document, place, item)
            else:
                self.conversion.note(document, place, "this is no test and was left out")

    def _elsewhere(self, document: YamlDocument, at: Place, text: str) -> Iterator[Test]:
        try:
            for path in self.beside.find(text):
                yield from self._file(path)
        except InvalidFile as error:
            self.conversion.note(document, at, f"{text} was left out: {error.problem}")

    def _file(self, path: Path) -> Iterator[Test]:
        shown, ending = self.beside.name(path), path.suffix.lower()
        text = self.beside.read(path)
        if ending in (".yaml", ".yml", ".json"):
            document = parse_json(text, shown) if ending == ".json" else parse_yaml(text, shown)
            given = document.data if isinstance(document.data, list) else [document.data]
            yield from self._tests(document, (), given)
        elif ending == ".jsonl":
            for number, line in enumerate(text.split("\n"), 1):
                if line.strip():
                    document = parse_json(line, shown)
                    here = YamlDocument(shown, document.data, dict.fromkeys([(), *document.lines], number))
                    yield from self._tests(here, (), [document.data])
        elif ending == ".csv":
            yield from self._table(text, shown)
        else:
            raise InvalidFile(shown, f"tests in {ending or 'such'} files are not read", hint="Use YAML, JSON or CSV.")

    def _test(self, document: YamlDocument, at: Place, item: dict[str, Json]) -> Iterator[Test]:
        self._note_rest(document, at, item)
        values = {**self.shared_values, **self._values(document, (*at, "vars"), item.get("vars"))}
        own = tuple(self._assertions(document, (*at, "assert"), item.get("assert")))
        metadata = item["metadata"] if isinstance(item.get("metadata"), dict) else {}
        names = [name for name, value in values.items() if isinstance(value, list)]
        for choice in itertools.product(*(values[name] for name in names)):
            chosen = {**values, **dict(zip(names, choice, strict=True))}
            yield Test(
                str(document.path),
                document.line(at),
                str(item.get("description") or ""),
                chosen,
                tuple(_filled(assertion, chosen) for assertion in (*self.shared, *own)),
                {**self.shared_metadata, **metadata},
            )

    def _note_rest(self, document: YamlDocument, at: Place, item: dict[str, Json]) -> None:
        for key in item:
            if key not in _KNOWN:
                self.conversion.note(document, (*at, key), f"`{key}` of a test was left out")

    def _values(self, document: YamlDocument, at: Place, given: Json) -> dict[str, Json]:
        values: dict[str, Json] = {}
        if given is not None and not isinstance(given, dict):
            self.conversion.note(document, at, "variables out of a file were left out; write them here")
        for key, value in given.items() if isinstance(given, dict) else ():
            name = variable(key)
            if name is None or name != key:
                self.conversion.note(document, (*at, key), f"the variable {key!r} is called {name!r} here")
            if isinstance(value, str) and value.startswith("file://"):
                value = self._text(document, (*at, key), value)
            if name is not None and value is not None:
                values[name] = value
        return values

    def _text(self, document: YamlDocument, at: Place, value: str) -> Json:
        try:
            (path,) = self.beside.find(value)
            if path.suffix.lower() in (".txt", ".md"):
                return self.beside.read(path).strip()
            problem = "only .txt and .md files are read as values"
        except ValueError:
            problem = "it means several files"
        except InvalidFile as error:
            problem = error.problem
        self.conversion.note(document, at, f"the value {value} was left out: {problem}")
        return None

    def _assertions(self, document: YamlDocument, at: Place, given: Json) -> Iterator[Assertion]:
        for index, item in enumerate(given if isinstance(given, list) else []):
            place = (*at, index)
            if not isinstance(item, dict) or not isinstance(item.get("type"), str):
                self.conversion.note(document, place, "this assertion has no type and was left out")
                continue
            threshold = item.get("threshold")
            yield Assertion(
                item["type"],
                item.get("value"),
                float(threshold) if isinstance(threshold, (int, float)) else None,
                str(document.path),
                document.line(place),
                tuple(key for key in item if key not in ("type", "value", "threshold", "metric", "description")),
            )

    def _table(self, text: str, shown: str) -> Iterator[Test]:
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        before = 1
        try:
            for row in rows:
                line, before = before + 1, rows.line_num
                yield self._row({key: value for key, value in row.items() if key and value is not None}, shown, line)
        except csv.Error as error:
            raise InvalidFile(
                shown, f"this is no CSV: {error}", line=rows.line_num, hint="Check its quotes."
            ) from error

    def _row(self, row: Mapping[str, str], shown: str, line: int) -> Test:
        values = dict(self.shared_values)
        assertions = list(self.shared)
        metadata = dict(self.shared_metadata)
        for column, text in row.items():
            name = column.strip()
            if name.startswith("__expected"):
                if text.strip():
                    assertions.append(_expected(text.strip(), shown, line))
            elif name.startswith("__metadata:"):
                metadata[name.partition(":")[2]] = text
            elif name.startswith("__"):
                if name != "__description" and text.strip():
                    self.conversion.note_line(shown, 1, f"the column {name} was left out")
            elif (free := variable(name)) is not None:
                values[free] = text
        filled = tuple(_filled(assertion, values) for assertion in assertions)
        return Test(shown, line, row.get("__description", ""), values, filled, metadata)


def _expected(text: str, shown: str, line: int) -> Assertion:
    """The short form of an assertion in a table: `contains: text`, `similar(0.8): text`; plain text means equals."""
    found = _EXPECTED.fullmatch(text)
    if found is None:
        return Assertion("equals", text, None, shown, line)
    value: Json = found[3]
    if found[1] in ("contains-any", "contains-all", "icontains-any", "icontains-all"):
        value = [part.strip() for part in found[3].split(",")]
    elif found[1] == "is-json" and value.strip():
        with contextlib.suppress(ValueError):
            value = json.loads(value)
    threshold = float(found[2]) if found[2] else None
    if found[1] in ("latency", "cost") and threshold is None:
        threshold, value = float(value) if re.fullmatch(r"[\d.]+", value.strip()) else None, None
    return Assertion(found[1], value if value != "" else None, threshold, shown, line)


def _filled(assertion: Assertion, values: Mapping[str, Json]) -> Assertion:
    """The assertion with `{{variables}}` of its test put in."""

    def fill(value: Json) -> Json:
        if isinstance(value, str):
            return _TEMPLATE.sub(lambda found: str(values[found[1]]) if found[1] in values else found[0], value)
        return [fill(item) for item in value] if isinstance(value, list) else value

    value = fill(assertion.value)
    if value == assertion.value:
        return assertion
    return Assertion(assertion.type, value, assertion.threshold, assertion.file, assertion.line, assertion.rest)
