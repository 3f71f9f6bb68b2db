"""Read all sources again and compare them with a manifest, whatever times and sizes of the documents say."""

from typing import Final

from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import digest_bytes
from llmops.domain.manifest import Generation, ManifestItem
from llmops.domain.ports import Progress, Source
from llmops.index.listing import Listing
from llmops.index.plan import Difference, Tally, compare
from llmops.index.verification import Reread

EXAMPLES: Final = 3
_NEVER: Final = "\0"  # a token that no source gives, so that every document is compared


def reread(listing: Listing, generation: Generation, progress: Progress) -> Reread:
    """Compare the content of every document with what a generation was made of.

    Raises:
        InputError, OutsideError: a source cannot be listed completely.
    """
    counts = dict.fromkeys(("changed", "new", "gone", "unreadable"), 0)
    examples: list[str] = []
    documents = 0
    for source in listing.sources:
        known = (item._replace(token=_NEVER) for item in listing.corpus.items.all(generation.id, source.name))
        for difference in compare(source.name, source.items(), known, Tally()):
            documents += 1
            found = _state(source, difference)
            if found:
                counts[found] += 1
                key = difference.listed.key if difference.listed else difference.known.key if difference.known else ""
                examples += [key] if len(examples) < EXAMPLES else []
            progress(documents, None, "reading sources")
    return Reread(documents=documents, examples=tuple(examples), **counts)


def _state(source: Source, difference: Difference[ManifestItem]) -> str:
    """What is otherwise about a document; empty if nothing is."""
    listed, known = difference.listed, difference.known
    if listed is None:
        return "gone"
    if known is None:
        return "new"
    try:
        same = digest_bytes(source.read(listed.key)) == known.content_hash
    except (InputError, OutsideError):
        return "unreadable"
    if same:
        return ""
    return "unreadable" if known.error else "changed"
