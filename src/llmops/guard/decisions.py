"""What follows from what checks said. Pure functions: the same outcomes give the same verdict, in a stream or at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, Protocol

from llmops.domain.verdict import Action, Finding, Outcome


@dataclass(frozen=True, slots=True)
class RedactedSpan:
    """A stretch that is replaced, and what it is called."""

    start: int
    end: int
    type: str


_NOTHING: Final = Outcome("", "allow")
_severity: Final = attrgetter("severity")


class Placeholders(Protocol):
    """Names what is replaced."""

    def __call__(self, type: str, original: str, /) -> str: ...  # noqa: A002  # the word of a finding


def plain_placeholder(type: str, original: str, /) -> str:  # noqa: A002  # the word of a finding
    """`[EMAIL]` for every e-mail address."""
    return f"[{type}]"


def worst(outcomes: Iterable[Outcome]) -> Action:
    """The action of a whole policy: that of the outcome that weighs most, `allow` where there is none.

    From light to heavy: allow, flag, an error that stops nothing, redact, an error that stops, block.
    """
    return max(outcomes, key=_severity, default=_NOTHING).action


def merge_spans(findings: Iterable[Finding]) -> list[RedactedSpan]:
    """The union of findings, in order: what overlaps becomes one span, called after its longest (then its first) finding."""
    merged: list[tuple[int, int, Finding]] = []
    for finding in sorted(findings, key=lambda f: (f.start, -f.end, f.type)):
        if merged and finding.start < merged[-1][1]:
            start, end, main = merged[-1]
            longer = finding.end - finding.start > main.end - main.start
            merged[-1] = (start, max(end, finding.end), finding if longer else main)
        elif finding.start < finding.end:
            merged.append((finding.start, finding.end, finding))
    return [RedactedSpan(start, end, main.type) for start, end, main in merged]


def replace_spans(text: str, spans: Sequence[RedactedSpan], placeholder: Placeholders = plain_placeholder) -> str:
    """The text with each span replaced by its placeholder."""
    parts, last = [], 0
    for span in spans:
        parts += [text[last : span.start], placeholder(span.type, text[span.start : span.end])]
        last = span.end
    return "".join([*parts, text[last:]])


def redact(text: str, outcomes: Iterable[Outcome], placeholder: Placeholders = plain_placeholder) -> str:
    """The text without what the redacting checks found."""
    found = [f for outcome in outcomes if outcome.action == "redact" for f in outcome.findings]
    return replace_spans(text, merge_spans(found), placeholder) if found else text
