"""What a check is, and what it must promise so that a stream can be guarded as well as a whole text.

Three sorts, from cheap to dear. A policy runs the first two at once and in the caller's own thread, and the third only if
nothing before it stopped the text:

| protocol | looks at | runs | beside a stream |
|---|---|---|---|
| `Detector` | characters; finds stretches of them | in the caller's thread | before the text is shown |
| `Check` | the whole text, contexts, tool calls | in the caller's thread | when the text is complete |
| `SlowCheck` | the same, by a model or your code | on the background loop, timed | beside; can stop, not un-send |

## The invariant of streaming

`join(stream(chunks)) == redact(join(chunks))` for every way to cut a text into chunks. It follows from three promises that
every detector makes (tests/support/detectors.py holds them as properties; try a new detector with them):

1. **Stability.** Let `h = min(tail(R), R.tail)` with `R = Reading(T)`, for a text T that is still growing. Whatever is appended
   to T, the findings that start before `h` stay the same ones. So what lies before `h` can be decided now. `tail` is the start of
   the earliest suffix that could still be inside a match: for tokens the start of the last run of their characters, for
   phrases the longest suffix that is the beginning of a phrase, or a phrase whose end is not known to be the end of a word.
2. **Locality.** What a stream has to remember of what it emitted up to a mark m is the text from `k - LOOK_BEHIND` on, with
   `k = min(tail(R), R.tail)` for `R = Reading(T[:m])`: the run that reaches over the mark, if there is one. Reading
   T[k - LOOK_BEHIND:] instead of T gives the same findings from m on, shifted.
3. **Reach.** A finding is at most `reach` characters long, and `len(T) - tail(R) <= reach`, but for a run without any end in
   sight (a token of 100,000 characters). Who streams stops with an `error` rather than hold more than `MAX_HELD`.

Spans of several findings that touch the same characters are merged by **union** (`pipeline.merge_spans`), never by
"leftmost longest", which would depend on where the text was cut. A candidate that fails its checksum consumes nothing: the
search goes on one character after its start. So the algorithm of a stream is: append the chunk; read the window; find; h as
above; if a merged span crosses h, h moves to the start of that span; emit [mark, h) with its spans replaced; mark = h; at the
end of the text h is its length.

A detector may say besides at a glance that plain prose holds nothing for it (`Calming`); what it says must follow from its
`find` and its `tail`, and streams of prose then cost a tenth. Where one detector of a policy cannot say it, all are asked.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, runtime_checkable

from llmops.domain.verdict import Finding, Stage
from llmops.guard.normalise.reading import Reading

if TYPE_CHECKING:
    from llmops.core.hashing import Json
    from llmops.guard.normalise.prose import Prose

LOOK_BEHIND: Final = 64
MAX_HELD: Final = 65_536


@dataclass(frozen=True, slots=True)
class Called:
    """A tool call that a model asks for."""

    name: str
    arguments: "Json" = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at. `redacted` is the text after all redactions so far: what may be shown to a model; `question` what an
    answer answers, as it was after the checks of the input."""

    reading: Reading
    stage: Stage
    contexts: Sequence[str] = ()
    system: str = ""
    tool_calls: Sequence[Called] = ()
    metadata: "Mapping[str, Json]" = field(default_factory=dict)
    redacted: str = ""
    question: str = ""

    @property
    def text(self) -> str:
        """The text as it was given."""
        return self.reading.text


@runtime_checkable
class Detector(Protocol):
    """Finds stretches of a text, with the three promises above."""

    @property
    def reach(self) -> int:
        """The longest finding, in characters."""
        ...

    def find(self, reading: Reading) -> Iterable[Finding]:
        """All findings, in characters of the reading's text, also where they overlap."""
        ...

    def tail(self, reading: Reading) -> int:
        """Where the earliest suffix begins that could still be inside a match, in characters of the text as it was given;
        `reading.end` where there is none."""
        ...


@runtime_checkable
class Calming(Protocol):
    """What a detector may say besides, so that streams of plain prose cost little."""

    def calm(self, prose: "Prose", edge: int) -> int:
        """No later than where `tail` is, for plain prose in which `find` finds nothing; -1 where it may find something.

        Args:
            prose: the text.
            edge: its `edge`, or what another detector holds; never exceeded.
        """
        ...


@runtime_checkable
class Check(Protocol):
    """Looks at a whole text. Raising means an outcome `error` with the exception's text as its reason."""

    def inspect(self, subject: Subject) -> Iterable[Finding]:
        """What is wrong; nothing where nothing is."""
        ...


@runtime_checkable
class SlowCheck(Protocol):
    """The same, for what takes time."""

    def ainspect(self, subject: Subject) -> Awaitable[Iterable[Finding]]:
        """What is wrong; nothing where nothing is."""
        ...


class Defaults(Protocol):
    """What a check's class may say of itself; all of it is optional."""

    action: ClassVar[str]
    """`block` unless it says `redact` or `flag`."""

    stages: ClassVar[tuple[Stage, ...]]
    """Where it can stand; both by default."""

    timeout_ms: ClassVar[int]
    """Its budget where a policy gives none; 200 by default."""

    def prepare(self) -> None:
        """Load what takes time, before the first text comes."""
        ...
