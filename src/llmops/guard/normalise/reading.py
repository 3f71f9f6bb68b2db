"""A text read for matching: its shadows, made when a check asks for them and shared by all checks.

| shadow | what it undoes | who looks |
|---|---|---|
| `plain` | unseen and tag characters, look-alikes (UTS #39), compatibility forms, accents; keeps the case | PII, secrets |
| `small` | the same, in small letters, runs of white space as one space | phrases, rules |
| `loose` | besides: Markdown marks, and digits and signs for letters (`l33t`) | phrases, rules |
| `joined` | letters written one by one (`b o m b`), without any space | phrases, rules |
| `mended` | the same in the midst of the text (`open s e s a m e`) | phrases, rules |
| `layers` | texts inside the text: base64, hex, percent, entities, `\\u0041`, reversed reading order | all |

ASCII takes the fast path: `plain` is the text itself. Every shadow is made character by character, run by run, so that a
text cut in two has the same shadows up to `tail`, where the last run that more text could change begins.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from llmops.guard.normalise.decoding import Hidden, TooMuchEncoded, find_hidden, open_run
from llmops.guard.normalise.facts import BLANKS, DIGITS, MARKS, SIGNS, SPACED, TOKEN, facts_of
from llmops.guard.normalise.folding import PLAIN, SMALL, Folding
from llmops.guard.normalise.lazy import lazy
from llmops.guard.normalise.views import Places, View
from llmops.guard.normalise.windows import finditer, translate

MAX_DEPTH: Final = 2
MAX_SPACED: Final = 1_000

SMALL_LETTERS: Final = bytes(
    ord(" ") if code < 128 and chr(code).isspace() else ord(chr(code).lower()) if code < 128 else code
    for code in range(256)
)
_RUNS: Final = re.compile(rb"  +")
_MARKS: Final = b"*_`~\\"
_SIGNS: Final = b"0134579@$!|+"
_LEET: Final = (bytes.maketrans(_SIGNS, b"oieastgasilt"), bytes.maketrans(_SIGNS, b"oleastgasilt"))
SPACED_RUN: Final = re.compile(rb"(?<![a-z0-9])[a-z0-9@$](?:[ ._\-*/|,]{1,2}[a-z0-9@$](?![a-z0-9])){3,}")
SPACED_TAIL: Final = re.compile(rb"(?<![a-z0-9])[a-z0-9@$](?:[ ._\-*/|,]{1,2}[a-z0-9@$])*[ ._\-*/|,]{0,2}\Z")
_BETWEEN: Final = b" ._-*/|,"


@dataclass(frozen=True)
class Reading:
    """One text. Of a text inside another, `origins` says where its characters come from and `depth` how deep it lies."""

    text: str
    origins: Places | None = None
    depth: int = 0

    @lazy
    def plain(self) -> View:
        """Without tricks, the case kept."""
        if self.text.isascii():
            return View(self.text.encode(), None if self.origins is None else lambda: self._own)
        return self._folded(PLAIN)

    @lazy
    def small(self) -> View:
        """In small letters, runs of white space as one space."""
        if self.text.isascii():
            data = self.plain.data.translate(SMALL_LETTERS)
            view = View(data, None if self.origins is None else lambda: self._own)
            if BLANKS not in self.facts:
                return view
        else:
            view = self._folded(SMALL)
            if b"  " not in view.data:
                return view
        whole = view
        return View(_RUNS.sub(b" ", whole.data), lambda: _without_repeats(whole))

    @lazy
    def loose(self) -> tuple[View, ...]:
        """Without Markdown marks, and with letters for digits and signs; nothing where that is the same as `small`."""
        facts = self._small_facts
        if MARKS not in facts and SIGNS not in facts:
            return ()
        small = self.small
        if MARKS not in facts:
            return tuple(View(variant, small.places) for variant in unleeted(small.data))
        base = View(
            small.data.translate(None, _MARKS),
            lambda: [p for byte, p in zip(small.data, small.places(), strict=True) if byte not in _MARKS],
        )
        return (base, *(View(variant, base.places) for variant in unleeted(base.data)))

    @lazy
    def joined(self) -> tuple[View, ...]:
        """What is written letter by letter, each such run without its spaces, with letters for digits too."""
        runs = self._spaced_runs
        if not runs:
            return ()
        small = self.small
        kept = [
            at
            for start, end in runs
            for at in range(start - (start > 0), end)
            if at < start or small.data[at] not in _BETWEEN
        ]
        starts = {start - 1 for start, _ in runs}
        data = bytes(0 if at in starts else small.data[at] for at in kept)
        base = View(data, lambda: [small.places()[at] for at in kept])
        return (base, *(View(variant, base.places) for variant in unleeted(data)))

    @lazy
    def mended(self) -> tuple[View, ...]:
        """The whole text with what is written letter by letter as words, for phrases that are partly written so."""
        return self._mended(self._spaced_runs)

    @lazy
    def closing(self) -> tuple[View, ...]:
        """`mended`, with the letters one by one that reach the end of the text as a word too, however few they are."""
        view = self.small
        last = SPACED_TAIL.search(view.data, max(0, len(view.data) - MAX_SPACED))
        if last is None or last.end() - last.start() < 3:
            return self.mended
        return self._mended([*(run for run in self._spaced_runs if run[1] <= last.start()), last.span()])

    @lazy
    def layers(self) -> tuple["Reading", ...]:
        """The text itself, then what is hidden inside, as one text a depth.

        Raises:
            TooMuchEncoded: more is encoded than anybody should decode.
        """
        if not self.may_hide:
            return (self,)
        found = self._hidden()
        if found is None:
            return (self,)
        inner = Reading(found.text, found.places, self.depth + 1)
        return (self, *(inner.layers if inner.depth < MAX_DEPTH else (inner,)))

    @lazy
    def tail(self) -> int:
        """Where the last run begins that more text could still change: a word that may turn out to be an encoding, or
        reversed text without its end."""
        return open_run(self.text)

    @lazy
    def facts(self) -> Sequence[int]:
        """What the plain shadow may hold (`normalise.facts`)."""
        return facts_of(self.plain.data)

    @property
    def has_digits(self) -> bool:
        """Whether the plain shadow has four ASCII digits: fewer make no number of interest."""
        return DIGITS in self.facts

    @property
    def has_token(self) -> bool:
        """Whether the plain shadow has a run of sixteen characters that keys and encodings are written in."""
        return TOKEN in self.facts

    @property
    def may_hide(self) -> bool:
        """Whether a text may be hidden inside."""
        text = self.text
        is_escaped = "%" in text or "&" in text or "\\" in text
        return is_escaped or "\u202e" in text or "\u2067" in text or self.has_token

    @lazy
    def spaced_tail(self) -> int:
        """Where letters one by one begin that reach the end of the text, in characters of the text as it was given."""
        view = self.small
        spaced = SPACED_TAIL.search(view.data, max(0, len(view.data) - MAX_SPACED))
        return view.span(spaced.start(), len(view.data))[0] if spaced else self.end

    @lazy
    def _small_facts(self) -> Sequence[int]:
        return self.facts if self.text.isascii() else facts_of(self.small.data)

    @lazy
    def _spaced_runs(self) -> list[tuple[int, int]]:
        """Where four letters or more stand one by one, in bytes of `small`."""
        return [run.span() for run in finditer(SPACED_RUN, self.small.data)] if SPACED in self._small_facts else []

    def _mended(self, runs: Sequence[tuple[int, int]]) -> tuple[View, ...]:
        if not runs:
            return ()
        data, last, parts = self.small.data, 0, []
        for start, end in runs:
            parts += [data[last:start], data[start:end].translate(None, _BETWEEN)]
            last = end

        def places() -> Places:
            between = {at for start, end in runs for at in range(start, end) if data[at] in _BETWEEN}
            return [place for at, place in enumerate(self.small.places()) if at not in between]

        base = View(b"".join([*parts, data[last:]]), places)
        return (base, *(View(variant, base.places) for variant in unleeted(base.data)))

    def _hidden(self) -> Hidden | None:
        """What is hidden; a refusal is kept, too, since every check asks again."""
        refusal: TooMuchEncoded | None = self.__dict__.get("refusal")
        if refusal is not None:
            raise TooMuchEncoded(*refusal.args)
        try:
            return find_hidden(self.text, self._own if self.origins is not None else None)
        except TooMuchEncoded as error:
            self.__dict__["refusal"] = error
            raise

    @property
    def end(self) -> int:
        """Where the text ends, in characters of the text as it was given."""
        if self.origins is None:
            return len(self.text)
        return self.origins[-1][1] if self.origins else 0

    @lazy
    def is_open_escape(self) -> bool:
        """Whether an escape may stand in the last word, or begin at its end."""
        word = self.text[self.tail :]
        return "%" in word or "&" in word or "\\" in word

    @lazy
    def _own(self) -> Places:
        return self.origins if self.origins is not None else [(at, at + 1) for at in range(len(self.text))]

    def _folded(self, table: Folding) -> View:
        folded = translate(self.text, table)

        def places() -> Places:
            return [
                place
                for char, place in zip(self.text, self._own, strict=True)
                for _ in range(len(table[ord(char)].encode()))
            ]

        return View(folded.encode(), places)


def _without_repeats(view: View) -> Places:
    data, places = view.data, view.places()
    return [places[at] for at in range(len(data)) if data[at] != 32 or at == 0 or data[at - 1] != 32]


def unleeted(data: bytes) -> Iterator[bytes]:
    """Both readings of a text in which digits and signs may stand for letters: 1 may be i or l."""
    first = data.translate(_LEET[0])
    if first != data:
        yield first
        if b"1" in data:
            yield data.translate(_LEET[1])
