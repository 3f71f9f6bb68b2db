"""Known phrases of prompt injection and jailbreaks. Rules: they find what has been seen before, and say so."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar, Final

from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.checks.patterns import Expression, compiled
from llmops.guard.normalise.folding import fold
from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.views import View

_PART: Final = re.compile(r"\(([^()]*)\)|([^\s()]+)")
_LAST_WORD: Final = re.compile(rb"[^ ]*\Z")


@dataclass(frozen=True)
class Injection:
    """Find phrases that are known from prompt injections and jailbreaks.

    Args:
        phrases: further ones, written as in the list that comes with llmops (`guard/checks/injection.txt`).
    """

    phrases: tuple[str, ...] = ()
    action: ClassVar[str] = "block"

    def __post_init__(self) -> None:
        compile_rules(self.phrases)

    @property
    def reach(self) -> int:
        """The longest phrase, its letters one by one and disguised."""
        return 8 * compile_rules(self.phrases).longest

    def find(self, reading: Reading) -> Iterator[Finding]:
        """Where a known phrase stands."""
        rules = compile_rules(self.phrases)
        for layer in reading.layers:
            for view in (layer.small, *layer.loose):
                yield from _matches(rules.spaced, view)
            for view in layer.joined:
                yield from _matches(rules.squeezed, view)

    def tail(self, reading: Reading) -> int:
        """Where the first word of a phrase stands that may go on, or the last word."""
        rules, view = compile_rules(self.phrases), reading.small
        data = view.data
        word = _LAST_WORD.search(data)
        found = rules.first_words.search(data, max(0, len(data) - rules.longest))
        start = min(word.start() if word else len(data), found.span()[0] if found else len(data))
        return view.span(start, len(data))[0] if start < len(data) else len(reading.text)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules as patterns: of texts with spaces, of texts without any, and of the words that they begin with."""

    spaced: Expression
    squeezed: Expression
    first_words: Expression
    longest: int


@cache
def compile_rules(further: tuple[str, ...] = ()) -> Rules:
    """Compile the list and further phrases.

    Raises:
        InputError: a phrase has no words.
    """
    text = files("llmops.guard.checks").joinpath("injection.txt").read_text(encoding="utf-8")
    lines = [*(line for line in text.splitlines() if line and not line.startswith("#")), *further]
    rules = [_parts(line) for line in lines]
    spaced = "|".join(_written(rule, " ") for rule in rules)
    squeezed = "|".join(_written(rule, "") for rule in rules)
    first = sorted({words.split(" ")[0] for rule in rules for words in rule[0] if words})
    return Rules(
        compiled(rf"\b(?:{spaced})\b"),
        compiled(squeezed),
        compiled(rf"\b(?:{'|'.join(map(re.escape, first))})"),
        max(sum(max(map(len, part)) + 1 for part in rule) for rule in rules),
    )


def _parts(line: str) -> list[list[str]]:
    """What stands one after another in a rule, each the alternatives for it; "" says that it may be left out."""
    parts = [[fold(word) for word in (m[1] if m[1] is not None else m[2]).split("|")] for m in _PART.finditer(line)]
    if not parts or "" in parts[0]:
        raise InputError(f"phrase {line!r:.80} has no first word", hint="Write (ignore|forget) your (rules|).")
    return parts


def _written(rule: Sequence[Sequence[str]], space: str) -> str:
    """A rule as a pattern."""
    pattern = ""
    for number, part in enumerate(rule):
        words = "|".join(re.escape(word.replace(" ", space)) for word in part if word)
        gap = space if number else ""
        pattern += f"(?:{gap}(?:{words}))?" if "" in part else f"{gap}(?:{words})"
    return pattern


def _matches(pattern: Expression, view: View) -> Iterator[Finding]:
    at = 0
    while found := pattern.search(view.data, at):
        start, end = found.span()
        at = max(end, start + 1)
        yield Finding(*view.span(start, end), "INJECTION", note=f"known phrase {view.text(start, end)!r}")
