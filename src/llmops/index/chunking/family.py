"""Cut documents into parents, and each parent into the chunks that are searched."""

from llmops.core.hashing import Json
from llmops.domain.corpus import Document
from llmops.domain.parents import LEAD, PARENT, usual_lead
from llmops.domain.ports import Chunker, Span


class FamilyChunker:
    """Chunks that know their parent: see `llmops.domain.parents`. What the chunker of parents says of one (`headings`)
    holds for all of its children."""

    def __init__(self, parents: Chunker, children: Chunker) -> None:
        self._parents = parents
        self._children = children

    def spans(self, document: Document) -> list[Span]:
        """The spans of a document."""
        return [child for parent in self._parents.spans(document) for child in self._cut(document, parent)]

    def _cut(self, document: Document, parent: Span) -> list[Span]:
        text = document.text[parent.start : parent.end]
        found: list[Span] = []
        end = 0
        for child in self._children.spans(document.model_copy(update={"text": text, "anchors": ()})):
            metadata: dict[str, Json] = {**child.metadata, **parent.metadata, PARENT: [parent.start, parent.end]}
            lead = text[end : child.start]
            if lead != usual_lead(len(lead)):
                metadata[LEAD] = lead
            found.append(Span(parent.start + child.start, parent.start + child.end, metadata))
            end = child.end
        return found
