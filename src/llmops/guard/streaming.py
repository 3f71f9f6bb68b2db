"""Guards a text while it is being written: what has been decided is given out, the rest is held until more comes.

The algorithm, and why `join(stream(chunks)) == redact(join(chunks))` for every way to cut a text, stand in `guard.protocol`.
Only redacting and blocking detectors hold text back. Checks of whole texts, flagging ones and slow ones look at the end: they
can end an answer but not take back what was shown, and `shown` says how much that was.

Nothing is decided inside a word, so a stream looks only when a word has ended and two tokens or so have come since the last look
(four, where the last look was at no plain prose), and looks again at a run without any end only when it has grown by a quarter:
the work stays in proportion to the text. At plain prose it looks without making any shadow of it: each detector says at a glance
that nothing there is for it (`guard.protocol.Calming`), which takes a tenth of the time.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmops.domain.verdict import Finding, Outcome
from llmops.guard.decisions import Placeholders, merge_spans, plain_placeholder, replace_spans
from llmops.guard.normalise.prose import Prose, plain_prose
from llmops.guard.normalise.reading import Reading
from llmops.guard.pipeline import LoadedCheck, checked, failed, succeeded
from llmops.guard.protocol import LOOK_BEHIND, MAX_HELD, Calming

if TYPE_CHECKING:
    from llmops.domain.policy import PolicySpec

_END_OF_WORD: Final = re.compile(r"[\s\x80-\U0010ffff]")
_EVERY: Final = 8  # bytes that are worth another look at plain prose, and at the beginning of any text
_EVERY_OTHER: Final = 16  # and at what is no plain prose, where a look costs ten times as much
_KEPT: Final = 256  # characters that a window may have before it is worth asking how many of them can be forgotten
_LONG: Final = 512  # characters held from which on looks are spaced out
_JOINERS: Final = "\u200d\ufe0e\ufe0f"


class Ended(RuntimeError):
    """More text was fed to a stream that was finished or stopped."""


class TextStream:
    """One text that grows: an answer, one choice of several, the arguments of a tool call. Not to be shared by threads.

    Feed it chunks, show what it returns, and show what `finish` returns. When `stopped` is not None nothing more comes.

    Args:
        spec: the policy, for its limits.
        checks: the checks of one stage.
        placeholder: names what is redacted; a Vault, where it shall be put back later.
    """

    def __init__(
        self, spec: "PolicySpec", checks: Sequence[LoadedCheck], placeholder: Placeholders = plain_placeholder
    ) -> None:
        self._limit = spec.max_characters
        self._checks = [c for c in checks if c.detector is not None and c.spec.action != "flag"]
        self._all = checks
        self._calming = _calming(self._checks)
        self._placeholder = placeholder
        self._parts: list[str] = []
        self._size = 0
        self._window = ""  # what is held, and some of what was given out before it
        self._mark = 0  # where in the window what is held begins
        self._news = 0  # bytes since the last look
        self._every = _EVERY
        self._has_end = False  # whether a word has ended in them
        self._wait = 0  # how much must be held before another look is worth it
        self._finished = False
        self.stopped: Outcome | None = None

    @property
    def text(self) -> str:
        """The text so far as it was written, which is not what may be shown."""
        return "".join(self._parts)

    @property
    def size(self) -> int:
        """How many characters were fed."""
        return self._size

    @property
    def held(self) -> int:
        """How many characters wait for more."""
        return len(self._window) - self._mark

    @property
    def shown(self) -> int:
        """How many characters of the text have been given out, or replaced."""
        return self._size - self.held

    def feed(self, chunk: str) -> str:
        """Take a chunk and return what may be shown now, which is often nothing.

        Raises:
            Ended: the stream was finished, or a check has stopped it.
        """
        if self._finished or self.stopped is not None:
            raise Ended("the stream has ended; begin another one")
        self._parts.append(chunk)
        self._size += len(chunk)
        self._window += chunk
        self._news += len(chunk) if chunk.isascii() else len(chunk.encode("utf-8", "surrogatepass"))
        self._has_end = self._has_end or _END_OF_WORD.search(chunk) is not None
        if self._size > self._limit and self._is_too_long():
            return ""
        if self._checks and not self._is_worth_a_look() and self.held <= MAX_HELD:
            return ""
        return self._look(final=False)

    def finish(self) -> str:
        """End the text and return the last of it."""
        if self._finished or self.stopped is not None:
            self._finished = True
            return ""
        self._finished = True
        return self._look(final=True)

    def _is_worth_a_look(self) -> bool:
        return self._has_end and self._news >= self._every and self.held >= self._wait

    def _look(self, *, final: bool) -> str:
        """Decide what can be decided, and give it out."""
        self._news, self._has_end = 0, False
        size = len(self._window)
        calm = self._calm_edge(self._window)
        self._every = _EVERY if calm >= 0 else _EVERY_OTHER
        if calm >= 0:
            return self._give([], max(size if final else calm, self._mark))
        reading = Reading(self._window)
        edge = size if final else min(reading.tail, _whole_characters(self._window)) if self._checks else size
        redacted: list[Finding] = []
        stops: list[tuple[Finding, LoadedCheck]] = []
        for loaded in tuple(self._checks):
            found = self._ask(loaded, reading, final=final)
            if found is None:
                if self.stopped is not None:
                    return ""
                continue
            findings, tail = found
            edge = min(edge, tail)
            held = [finding for finding in findings if finding.start >= self._mark]
            if loaded.spec.action == "redact":
                redacted += held
            else:
                stops += [(finding, loaded) for finding in held]
        first = min((s for s in stops if s[0].start < edge), key=lambda s: s[0].start, default=None)
        if first is not None:
            edge = first[0].start
        given = self._give(redacted, max(edge, self._mark))
        if first is not None:
            self._stop(first[1], [finding for finding, loaded in stops if loaded is first[1]], size)
        elif self.held > MAX_HELD:
            self._let_go(reading)
        return given

    def _ask(self, loaded: LoadedCheck, reading: Reading, *, final: bool) -> tuple[tuple[Finding, ...], int] | None:
        """What a detector finds, and its tail; None where it fails, which stops the stream if its `on_error` says so."""
        assert loaded.detector is not None
        size = len(reading.text)
        try:
            findings = checked(loaded.detector.find(reading), size)
            return findings, size if final else loaded.detector.tail(reading)
        except Exception as error:  # noqa: BLE001  # wall: what a check raises is an outcome of that check
            self._fail(loaded, f"{type(error).__name__}: {error}")
            return None

    def _give(self, redacted: list[Finding], edge: int) -> str:
        """Give out what lies before the edge, or before the span that crosses it."""
        spans = merge_spans(redacted)
        for span in spans:
            if span.start < edge < span.end:
                edge = span.start
        begin, base = self._mark, 0
        if edge > _KEPT:
            base = max(0, self._tail(self._window[:edge]) - LOOK_BEHIND)
        inside = [replace(s, start=s.start - begin, end=s.end - begin) for s in spans if s.end <= edge]
        given = replace_spans(self._window[begin:edge], inside, self._placeholder)
        self._window, self._mark = self._window[base:], edge - base
        held = self.held
        self._wait = held + held // 4 if held > _LONG and not given else 0
        return given

    def _calm_edge(self, text: str) -> int:
        """Where what may still change begins in plain prose in which no check can find anything; -1 where it may be otherwise."""
        if self._calming is None or (prose := plain_prose(text)) is None:
            return -1
        edge = prose.edge
        try:
            for calm in self._calming:
                edge = calm(prose, edge)
                if edge < 0:
                    return -1
        except Exception:  # noqa: BLE001  # wall: a check that cannot tell it at a glance may still find something
            return -1
        return edge

    def _tail(self, text: str) -> int:
        """Where what may still change begins: before it everything can be decided, and forgotten but for a little."""
        calm = self._calm_edge(text)
        if calm >= 0:
            return calm
        reading = Reading(text)
        tails = [loaded.detector.tail(reading) for loaded in self._checks if loaded.detector is not None]
        return min([*tails, reading.tail]) if tails else len(reading.text)

    def _stop(self, loaded: LoadedCheck, findings: list[Finding], size: int) -> None:
        offset = self._size - size
        moved = tuple(replace(f, start=f.start + offset, end=f.end + offset) for f in findings)
        self.stopped = succeeded(loaded.spec, moved, 0.0, self._size)

    def _fail(self, loaded: LoadedCheck, reason: str) -> None:
        """A check that failed says nothing of the rest of the text; or ends it, where its `on_error` says so."""
        outcome = failed(loaded.spec, reason, 0.0, self._size)
        self._checks.remove(loaded)
        self._calming = _calming(self._checks)
        if outcome.stops:
            self.stopped = outcome

    def _let_go(self, reading: Reading) -> None:
        """More is held than may be: the detectors that wait for its end have failed."""
        reason = f"{self.held:,} characters without an end in sight; at most {MAX_HELD:,} are held"
        for loaded in tuple(self._checks):
            assert loaded.detector is not None
            if (
                self.stopped is None
                and min(loaded.detector.tail(reading), reading.tail) <= len(reading.text) - MAX_HELD
            ):
                self._fail(loaded, reason)

    def _is_too_long(self) -> bool:
        """Whether the text has become longer than the policy looks at, and a check that cannot tell stops it."""
        reason = f"the text has more than {self._limit:,} characters, the most that the policy looks at"
        for loaded in self._all:
            outcome = failed(loaded.spec, reason, 0.0, self._size)
            if outcome.stops:
                self.stopped = outcome
                return True
        self._checks.clear()
        self._calming = None
        return False


def _calming(checks: Sequence[LoadedCheck]) -> list[Callable[[Prose, int], int]] | None:
    """How each check says that plain prose holds nothing for it; None where there is one that cannot say it, or none at all."""
    detectors: list[object] = [loaded.detector for loaded in checks]
    said: list[Callable[[Prose, int], int]] = [detector.calm for detector in detectors if isinstance(detector, Calming)]
    return said if said and len(said) == len(detectors) else None


def _whole_characters(text: str) -> int:
    """Where the last character begins that a combining mark could still join, if the text is not plain ASCII there."""
    at = len(text)
    if at == 0 or text[-1].isascii():
        return at
    while at > 0 and len(text) - at < LOOK_BEHIND and (unicodedata.combining(text[at - 1]) or text[at - 1] in _JOINERS):
        at -= 1
    return at - 1 if 0 < at < len(text) else at
