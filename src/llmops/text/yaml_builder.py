"""YAML parser events become plain values with line numbers.

A stack of our own, so that no input can exhaust Python's; caps on depth, on values and on aliases, which count as often as
they are used.
"""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

import yaml

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json

Place: TypeAlias = tuple[str | int, ...]
"""Where a value stands in a document: map keys and list positions from the top."""

MAX_DEPTH: Final = 50
MAX_VALUES: Final = 500_000
MAX_ALIASES: Final = 100

_WORDS: Final[Mapping[str, Json]] = MappingProxyType(
    {"": None, "~": None}
    | {
        form: value
        for word, value in (("null", None), ("true", True), ("false", False))
        for form in (word, word.capitalize(), word.upper())
    }
)
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,300})")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]")
_TEXT_TAGS: Final = ("tag:yaml.org,2002:str", "!")


@dataclass(slots=True)
class _Open:
    """A list or map that is being filled; `values` counts what it holds, `key` is the key that waits for its value."""

    container: dict[str, Json] | list[Json]
    place: Place
    anchor: str | None
    line: int
    values: int = 1
    key: str | None = None


@dataclass(slots=True)
class DocumentBuilder:
    """Takes parser events one by one; afterwards `result` is the value and `lines` says where everything stands."""

    path: Path | str
    first_line: int
    lines: dict[Place, int] = field(default_factory=dict)
    result: Json = None
    _open: list[_Open] = field(default_factory=list)
    _anchors: dict[str, tuple[Json, int]] = field(default_factory=dict)
    _pending: set[str] = field(default_factory=set)
    _values: int = 0
    _aliases: int = 0
    _documents: int = 0

    def take(self, event: yaml.Event) -> None:
        """Add one parser event."""
        line = (event.start_mark.line if event.start_mark else 0) + self.first_line
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor or "", line)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error(line, "a second document begins here", "One document a file; remove the line `---`.")

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.container, dict) and top.key is None:
            if event.value == "<<" and event.implicit[0]:
                raise self._error(line, "merge keys `<<` are not supported", "Write the keys out.")
            if event.value in top.container:
                first = self.lines.get((*top.place, event.value))
                raise self._error(
                    line, f"the key {event.value!r} stands here a second time", f"It is already on line {first}."
                )
            top.key = event.value
            self.lines[(*top.place, top.key)] = line
            top.container[top.key] = None
            return
        self._put(self._resolve(event, line), 1, line, event.anchor)

    def _resolve(self, event: yaml.ScalarEvent, line: int) -> Json:
        if event.tag and event.tag not in _TEXT_TAGS:
            raise self._error(line, f"the tag {event.tag} is not supported", "Remove it; write plain values.")
        if event.tag or not event.implicit[0]:
            return event.value
        if _NO_NUMBER.fullmatch(event.value):
            raise self._error(line, f"{event.value} is no number that JSON knows", "Quote it if text is meant.")
        return plain_value(event.value)

    def _start(self, event: yaml.CollectionStartEvent, line: int) -> None:
        if event.tag and event.tag != "!":
            raise self._error(line, f"the tag {event.tag} is not supported", "Remove it; write plain values.")
        if len(self._open) >= MAX_DEPTH:
            raise self._error(line, f"more than {MAX_DEPTH} levels deep", "Flatten the structure.")
        place = self._place(line)
        container: dict[str, Json] | list[Json] = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.anchor:
            self._pending.add(event.anchor)
        self._count(1, line)
        self._open.append(_Open(container, place, event.anchor, line))

    def _end(self) -> None:
        done = self._open.pop()
        self._pending.discard(done.anchor or "")
        self._put(done.container, done.values, done.line, done.anchor)

    def _alias(self, anchor: str, line: int) -> None:
        self._aliases += 1
        if anchor in self._pending:
            raise self._error(line, f"the alias *{anchor} holds itself", "Write the value out.")
        if anchor not in self._anchors:
            raise self._error(line, f"nothing is called &{anchor}", "Define the anchor above its first use.")
        if self._aliases > MAX_ALIASES:
            raise self._error(line, f"more than {MAX_ALIASES} aliases", "Write the values out.")
        value, size = self._anchors[anchor]
        self._count(size, line)
        self._put(copy.deepcopy(value), size, line, None)

    def _put(self, value: Json, size: int, line: int, anchor: str | None) -> None:
        if not isinstance(value, (dict, list)):
            self._count(1, line)
        if anchor:
            self._anchors[anchor] = (value, size)
        if not self._open:
            self.result = value
            self.lines.setdefault((), line)
            return
        top = self._open[-1]
        self._place(line)
        top.values += size
        if isinstance(top.container, list):
            top.container.append(value)
        elif top.key is not None:
            top.container[top.key] = value
            top.key = None

    def _place(self, line: int) -> Place:
        """The place of the value that comes next; its line is noted."""
        if not self._open:
            return ()
        top = self._open[-1]
        if isinstance(top.container, list):
            place: Place = (*top.place, len(top.container))
            self.lines.setdefault(place, line)
            return place
        if top.key is None:
            raise self._error(line, "a map's key must be text", "Write KEY: VALUE, with a plain word as the key.")
        return (*top.place, top.key)

    def _count(self, size: int, line: int) -> None:
        self._values += size
        if self._values > MAX_VALUES:
            raise self._error(line, f"more than {MAX_VALUES:,} values", "Use .jsonl for many records.")

    def _error(self, line: int, problem: str, hint: str) -> InvalidFile:
        return InvalidFile(self.path, problem, line=line, hint=hint)


def plain_value(text: str) -> Json:
    """Read an unquoted scalar as YAML 1.2's core schema does, but digits with a leading zero stay text (`007`)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-." or _LEADING_ZERO.match(text):
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _FLOAT.fullmatch(text) and abs(value := float(text)) < float("inf"):
        return value
    return text
