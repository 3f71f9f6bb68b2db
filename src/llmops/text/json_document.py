"""Strict JSON that knows its lines, for files of other tools: what could not be used is then told with its line."""

import json
from collections.abc import Mapping
from json import JSONDecodeError
from pathlib import Path
from typing import Final, Never

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.text.yaml import MAX_CHARACTERS, YamlDocument
from llmops.text.yaml_builder import Place

MAX_DEPTH: Final = 50

_SPACE: Final = " \t\n\r"


def parse_json(text: str, path: Path | str) -> YamlDocument:
    """Parse one JSON value; places and errors are as in YAML documents.

    Raises:
        InvalidFile: no JSON, NaN, a key twice in one map, too deep, or too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidFile(path, f"{len(text):,} characters of JSON are too many", hint="Split the file.")
    scan = _Scan(text, path)
    try:
        value, end = scan.value(scan.skip(0), ())
        if scan.skip(end) != len(text):
            raise JSONDecodeError("Extra data", text, end)
    except JSONDecodeError as error:
        raise InvalidFile(path, f"this is no JSON: {error.msg}", line=error.lineno, hint="Export it again.") from error
    return YamlDocument(path, value, scan.lines)


class _Scan:
    """Walks through a text and notes the line of every key and item."""

    def __init__(self, text: str, path: Path | str) -> None:
        self.text = text
        self.path = path
        self.lines: dict[Place, int] = {}
        self._scalar = json.JSONDecoder(parse_constant=_refuse)
        self._counted, self._line = 0, 1

    def skip(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in _SPACE:
            at += 1
        return at

    def value(self, at: int, place: Place) -> tuple[Json, int]:
        if len(place) > MAX_DEPTH:
            raise InvalidFile(self.path, "this JSON is nested too deeply", line=self.line(at), hint="Export it again.")
        opening = self.text[at : at + 1]
        if opening == "{":
            return self._map(at + 1, place)
        if opening == "[":
            return self._list(at + 1, place)
        try:
            value: Json
            value, end = self._scalar.raw_decode(self.text, at)
        except ValueError as error:
            if isinstance(error, JSONDecodeError):
                raise
            raise JSONDecodeError(str(error), self.text, at) from error
        return value, end

    def line(self, at: int) -> int:
        """The line of an offset; offsets only grow."""
        if at > self._counted:
            self._line += self.text.count("\n", self._counted, at)
            self._counted = at
        return self._line

    def _map(self, at: int, place: Place) -> tuple[Mapping[str, Json], int]:
        found: dict[str, Json] = {}
        at = self.skip(at)
        while self.text[at : at + 1] != "}":
            if found:
                at = self.skip(self._expect(",", at))
            if self.text[at : at + 1] != '"':
                raise JSONDecodeError("Expecting property name enclosed in double quotes", self.text, at)
            line = self.line(at)
            key, at = self._scalar.raw_decode(self.text, at)
            if key in found:
                raise InvalidFile(self.path, f"the key {key!r} stands here twice", line=line, hint="Remove one.")
            self.lines[(*place, key)] = line
            found[key], at = self.value(self.skip(self._expect(":", self.skip(at))), (*place, key))
            at = self.skip(at)
        return found, at + 1

    def _list(self, at: int, place: Place) -> tuple[list[Json], int]:
        found: list[Json] = []
        at = self.skip(at)
        while self.text[at : at + 1] != "]":
            if found:
                at = self.skip(self._expect(",", at))
            self.lines[(*place, len(found))] = self.line(at)
            item, at = self.value(at, (*place, len(found)))
            found.append(item)
            at = self.skip(at)
        return found, at + 1

    def _expect(self, character: str, at: int) -> int:
        if self.text[at : at + 1] != character:
            raise JSONDecodeError(f"Expecting {character!r} delimiter", self.text, at)
        return at + 1


def _refuse(name: str) -> Never:
    raise ValueError(f"{name} is not in JSON")
