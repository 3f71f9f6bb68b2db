"""From an offset in a document's text back to the line and page of the original."""

from bisect import bisect_right

from llmops.domain.corpus import Document


class Places:
    """Looks up lines and pages of one document: the nearest anchor before an offset, plus the line ends since."""

    def __init__(self, document: Document) -> None:
        self._anchors = document.anchors
        self._offsets = [anchor.offset for anchor in document.anchors]
        self._ends = _line_ends(document.text)

    def at(self, offset: int) -> tuple[int, int | None]:
        """Line (from 1) and page (from 1, None where there are none) of an offset."""
        index = bisect_right(self._offsets, offset) - 1
        if index < 0:
            return 1, None
        anchor = self._anchors[index]
        passed = bisect_right(self._ends, offset - 1) - bisect_right(self._ends, anchor.offset - 1)
        return anchor.line + passed, anchor.page


def _line_ends(text: str) -> list[int]:
    ends, position = [], text.find("\n")
    while position >= 0:
        ends.append(position)
        position = text.find("\n", position + 1)
    return ends
