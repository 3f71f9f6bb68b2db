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
    _line_so_far: list[str] = field(default_factory=list)
    _half_break: bool = False  # a CR came last, which may be half a line break
    _data: list[str] = field(default_factory=list)
    _fields: list[str] = field(default_factory=list)
    _size: int = 0

    def feed(self, chunk: bytes, *, final: bool = False) -> Iterator[Event]:
        """The events that are complete now; `final` also gives one that lacks its empty line.

        Raises:
            InputError: an event is larger than MAX_EVENT.
        """
        text = ("\r" if self._half_break else "") + self._decoder.decode(chunk, final)
        self._half_break = text.endswith("\r") and not final
        first, *others = _LINE.split(text[:-1] if self._half_break else text)
        self._line_so_far.append(first)
        self._size += len(first)
        for line in others:
            yield from self._line("".join(self._line_so_far))
            self._line_so_far = [line]
            self._size += len(line)
        if self._size > MAX_EVENT:
            raise InputError(
                f"an event of the stream is longer than {MAX_EVENT:,} characters", hint="Send less at once."
            )
        if final:
            yield from self._line("".join(self._line_so_far))
            yield from self._line("")

    def _line(self, line: str) -> Iterator[Event]:
        if line:
            name, _, value = line.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
            elif name:
                self._fields.append(line)
            return
        if self._data:
            yield Event("\n".join(self._data), tuple(self._fields))
        self._data, self._fields, self._size = [], [], 0
