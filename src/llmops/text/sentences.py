"""Sentence boundaries in prose, Markdown lists and code, by rule.

Blocks come first: an empty line, a heading, a list item, a table row or a line of a code fence never shares a sentence
with its neighbours; a soft line break inside a paragraph does not end one. Inside a block a sentence ends at `.`, `!`,
`?`, `…` (with closing quotes and brackets) before white space and something that can begin a sentence, unless the word
before is an abbreviation, an initial or an ordinal number. CJK full stops need no space.
"""

import re
from collections.abc import Iterator
from typing import Final

Span = tuple[int, int]

_FENCE: Final = re.compile(r"[ \t]{0,3}(```+|~~~+)")
_HEADING: Final = re.compile(r"[ \t]{0,3}#{1,6}[ \t]")
_UNDERLINE: Final = re.compile(r"[ \t]{0,3}(?:=+|-+)[ \t]*$")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+•–]|\d{1,3}[.)]|[a-zA-Z][)])[ \t]+")
_TABLE: Final = re.compile(r"[ \t]*\|.*\|[ \t]*$")
# One class of first characters, so that the search goes from mark to mark and not from character to character.
_END: Final = re.compile(r"[.!?…。！？](?:(?<=[.!?…])[.!?…]*[\"'”’»)\]*_`]*(?=\s|$)|(?<=[。！？])[。！？]*[」』”’）]*)")
# Never at the end of a sentence, and perhaps at the end when a capital follows.
_MIDDLE: Final = re.compile(r"e\.g|i\.e|eg|ie|vs|cf|mr|mrs|ms|dr|prof|figs?|eqs?|approx|z\.b|d\.h|vgl|bspw|[a-hj-z]")
_ABBREVIATION: Final = re.compile(
    r"sr|jr|st|etc|al|nos?|vol|pp?|eds?|ch|sec|dept|est|inc|ltd|co|corp|a\.m|p\.m|u\.s|u\.k|u\.n|ph\.d|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|"
    r"bzw|u\.a|ca|nr|usw|str|abs|art|resp|incl|excl|max|min|gen|col|lt|sgt|capt|rev|hon"
)
_CLOSING: Final = "\"'”’»)]*_`"
_WORD_BEFORE: Final = re.compile(r"[^\s(\[\"'“‘«]+$")
_NEXT: Final = re.compile(r"\s+[\"'“‘«(\[*_`]*([^\W_])?")


def split_sentences(text: str) -> list[Span]:
    """Find sentences as (start, end) character offsets, in order, without white space around them.

    Every character that is no white space lies in exactly one span.
    """
    return [span for start, end, is_prose in _blocks(text) for span in _split_block(text, start, end, is_prose)]


def sentences(text: str) -> list[str]:
    """The sentences themselves, with soft line breaks and runs of spaces made one space."""
    return [" ".join(text[start:end].split()) for start, end in split_sentences(text)]


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, is prose) of stretches that no sentence crosses."""
    fence = ""
    start: int | None = None
    for line_start, line_end in _lines(text):
        line = text[line_start:line_end]
        mark = _FENCE.match(line)
        alone = bool(fence or mark or _HEADING.match(line) or _TABLE.match(line) or _UNDERLINE.match(line))
        if start is not None and (alone or not line.strip() or _ITEM.match(line)):
            yield start, line_start, True
            start = None
        if alone:
            yield line_start, line_end, not (fence or mark or _TABLE.match(line))
        elif line.strip() and start is None:
            start = line_start
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
    if start is not None:
        yield start, len(text), True


def _lines(text: str) -> Iterator[Span]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        yield start, end
        start = end


def _split_block(text: str, start: int, end: int, is_prose: bool) -> Iterator[Span]:
    item = _ITEM.match(text, start, end) if is_prose else None
    begin = start
    if is_prose:
        for match in _END.finditer(text, item.end() if item else start, end):
            if _ends_sentence(text, begin, match, end):
                yield from _trimmed(text, begin, match.end())
                begin = match.end()
    yield from _trimmed(text, begin, end)


def _ends_sentence(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    mark = match[0]
    if mark[0] in "。！？":
        return True
    following = _NEXT.match(text, match.end(), end)
    first = following[1] if following else None
    if first is None:
        return True
    if first.islower():
        return False
    if mark[0] in "!?" or len(mark.rstrip(_CLOSING)) > 1:
        return True
    before = _WORD_BEFORE.search(text, max(begin, match.start() - 40), match.start())
    word = before[0].lower().strip("*_`") if before else ""
    if _MIDDLE.fullmatch(word):
        return False
    return first.isupper() or not _ABBREVIATION.fullmatch(word)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
