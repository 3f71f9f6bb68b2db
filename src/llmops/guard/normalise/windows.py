"""Goes through long texts window by window, since a single call over 64,000 characters lets no other thread in meanwhile."""

import re
from collections.abc import Iterator, Mapping
from typing import AnyStr, Final

WINDOW: Final = 4_096
"""Characters that one call looks at."""

REACH: Final = 64
"""Characters in which a pattern has decided whether something begins where it does."""


def finditer(pattern: re.Pattern[AnyStr], text: AnyStr) -> Iterator[re.Match[AnyStr]]:
    """All matches of a pattern, as `pattern.finditer` gives them.

    The pattern must tell within REACH characters whether it matches somewhere, and one that the end of its window cuts short must
    come near that end: it is looked for again in a larger window.
    """
    size, at, window = len(text), 0, WINDOW
    while at < size:
        end = min(at + window, size)
        sure = end if end == size else end - REACH
        for found in pattern.finditer(text, at, end):
            if found.end() > sure:
                window = 2 * (end - at)
                break
            yield found
            at = found.end()
        else:
            at, window = max(at, sure), WINDOW


def translate(text: str, table: Mapping[int, str]) -> str:
    """The text with each character replaced, as `str.translate` does it."""
    if len(text) <= WINDOW:
        return text.translate(table)
    return "".join(text[at : at + WINDOW].translate(table) for at in range(0, len(text), WINDOW))
