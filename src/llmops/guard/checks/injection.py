"""Known phrases of prompt injection and jailbreaks. Rules: they find what has been seen before, and say so."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar, Final

from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.aside import OFTEN, give_way
from llmops.guard.normalise.folding import fold
from llmops.guard.normalise.patterns import Expression, compiled
from llmops.guard.normalise.prose import Prose
from llmops.guard.normalise.reading import Reading, unleeted
from llmops.guard.normalise.tails import earliest
from llmops.guard.normalise.views import View

_PART: Final = re.compile(r"\(([^()]*)\)|([^\s()]+)")


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
            for view in (layer.small, *layer.loose, *layer.mended):
                yield from _matches(rules.spaced, view)
            for view in layer.joined:
                yield from _matches(rules.squeezed, view)

    def tail(self, reading: Reading) -> int:
        """Where a phrase may have begun that goes on, or the last word."""
        rules = compile_rules(self.phrases)

        def tail(layer: Reading) -> int:
            views = (layer.small, *layer.loose, *layer.mended, *layer.closing)
            return min(layer.spaced_tail, *(_tail(rules, view, layer.end) for view in views))

        return earliest(reading, tail)

    def calm(self, prose: Prose, edge: int) -> int:
        """`Calming.calm`."""
        rules = compile_rules(self.phrases)
        for data in (prose.small, *unleeted(prose.small)):
            if rules.spaced.search(data):
                return -1
            edge = min(edge, _tail(rules, View(data), len(data)))
        return edge


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules as patterns: of texts with spaces, of texts without any, and of what the end of a text may cut off."""

    spaced: Expression
    squeezed: Expression
    openings: Expression
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
    return Rules(
        compiled(rf"\b(?:{spaced})\b"),
        compiled(squeezed),
        compiled(rf"\b(?:{'|'.join(map(_opening, rules))})(?: [^ ]*)?\z|[^ ]+\z"),
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


def _opening(rule: Sequence[Sequence[str]]) -> str:
    """The beginnings of a rule, up to the end of a word."""
    first, *others = [[re.escape(words) for words in part if words] for part in rule]
    started = {
        re.escape(" ".join(words.split(" ")[:n]))
        for part in rule
        for words in part
        for n in range(1, words.count(" ") + 1)
    }
    pattern = "|".join([*first, *(word for word in sorted(started) if any(f.startswith(word) for f in first))])
    pattern = f"(?:{pattern})" + "".join(f"(?: (?:{'|'.join(part)}))?" for part in others)
    return pattern + (f"(?: (?:{'|'.join(sorted(started))}))?" if started else "")


def _tail(rules: Rules, view: View, length: int) -> int:
    data = view.data
    found = rules.openings.search(data, max(0, len(data) - rules.longest))
    return view.span(found.span()[0], len(data))[0] if found and found.span()[0] < len(data) else length


def _matches(pattern: Expression, view: View) -> Iterator[Finding]:
    at = searched = 0
    while found := pattern.search(view.data, at):
        start, end = found.span()
        searched += 1
        if searched % OFTEN == 0:
            give_way()
        at = max(end, start + 1)
        yield Finding(*view.span(start, end), "INJECTION", note=f"known phrase {view.text(start, end)!r}")
