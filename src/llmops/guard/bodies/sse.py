"""Server-sent events, read from bytes that may be cut anywhere and written again (WHATWG HTML, 9.2)."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from llmops.core.errors import InputError

MAX_EVENT: Final = 1_000_000  # characters of one event; a server that sends more is not to be guarded
_LINE: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its data, and its other fields as they were written."""

    data: str
    fields: tuple[str, ...] = ()

    def with_data(self, data: str) -> "Event":
        """The same event about something else."""
        return Event(data, self.fields)

    def encode(self) -> bytes:
        """The event as it goes over the wire."""
        lines = [*self.fields, *(f"data: {line}" for line in self.data.split("\n"))]
        return ("\n".join(lines) + "\n\n").encode()


@dataclass(slots=True)
class EventReader:
    """Turns bytes into events. Comments are passed over; they carry nothing."""

    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _rest: str = ""
    _data: list[str] = field(default_factory=list)
    _fields: list[str] = field(default_factory=list)
    _size: int = 0

    def feed(self, chunk: bytes, *, final: bool = False) -> Iterator[Event]:
        """The events that are complete now; `final` also gives one that lacks its empty line.

        Raises:
            InputError: an event is larger than MAX_EVENT.
        """
        text = self._rest + self._decoder.decode(chunk, final)
        # A CR at the end may be half a line break.
        stop = len(text) - 1 if text.endswith("\r") and not final else len(text)
        at = 0
        for found in _LINE.finditer(text, 0, stop):
            yield from self._line(text[at : found.start()])
            at = found.end()
        self._rest = text[at:]
        if self._size + len(self._rest) > MAX_EVENT:
            raise InputError(
                f"an event of the stream is longer than {MAX_EVENT:,} characters", hint="Send less at once."
            )
        if final:
            if self._rest:
                yield from self._line(self._rest)
                self._rest = ""
            yield from self._line("")

    def _line(self, line: str) -> Iterator[Event]:
        if line:
            self._size += len(line)
            name, _, value = line.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
            elif name:
                self._fields.append(line)
            return
        if self._data:
            yield Event("\n".join(self._data), tuple(self._fields))
        self._data, self._fields, self._size = [], [], 0
