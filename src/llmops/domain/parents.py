"""Parents of chunks: small chunks are searched, and the longer stretch around them is what is read.

The store keeps texts by chunk, once each, and no text of a parent. A chunk's metadata says where its parent lies
(`parent`, `[start, end]` in the document's text) and what white space stands before it (`lead`, only where its length does
not tell). All chunks of one parent, put together in order, are the parent's text to the character.
"""

from collections.abc import Iterable
from typing import Final

from llmops.domain.corpus import Chunk

PARENT: Final = "parent"
LEAD: Final = "lead"
_USUAL: Final = {0: "", 1: " ", 2: "\n\n"}


def parent_of(chunk: Chunk) -> tuple[int, int] | None:
    """Where the parent of a chunk lies in the text of its document; None if the index has no parents."""
    match chunk.metadata.get(PARENT):
        case [int(start), int(end)]:
            return start, end
    return None


def parent_text(chunks: Iterable[Chunk]) -> str:
    """The text of a parent, from all chunks that it was cut into, in any order; overlaps are taken once."""
    text, end = "", None
    for chunk in sorted(chunks, key=lambda chunk: (chunk.start, chunk.end)):
        if end is None or chunk.start >= end:
            gap = 0 if end is None else chunk.start - end
            lead = chunk.metadata.get(LEAD)
            text += (lead if isinstance(lead, str) else usual_lead(gap)) if gap else ""
            text += chunk.text
        else:
            text += chunk.text[end - chunk.start :]
        end = max(end or 0, chunk.end)
    return text


def usual_lead(gap: int) -> str:
    """The white space of that length which is not written down: a space, an empty line, or line ends."""
    return _USUAL.get(gap, "\n" * gap)
