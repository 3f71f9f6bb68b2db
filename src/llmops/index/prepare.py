"""From a document as its source lists it to the chunks that the manifest is to hold: read, hash, parse, cut."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from llmops.core.errors import ExtraMissing, InputError, OutsideError
from llmops.core.hashing import Json, canonical_json, digest, digest_bytes
from llmops.domain.corpus import Chunk, Document
from llmops.domain.crew import Reading
from llmops.domain.manifest import IndexedChunk, ItemWrite, ManifestItem, short_hash
from llmops.domain.ports import Chunker, Source, SourceItem
from llmops.domain.source_specs import RESERVED
from llmops.index.chunking.headers import Header, no_header
from llmops.index.parsing.anchors import Places
from llmops.index.parsing.parse import parse

PIPELINE: Final = "3"
"""The version of parsers and chunkers that new generations are built with. A change that gives other chunks raises it."""

SERVED: Final = frozenset({"1", "2", PIPELINE})
"""The versions whose generations are kept in step as they were built: in 1, chunks of long texts had no anchors; until 2, front
matter was text, and CSV and Word were no formats."""

NOTHING: Final = "{}"
"""What the manifest has where nothing is known of a document."""

UNREAD: Final = "unread"
"""The token of a document whose bytes could not be had; no source gives it, so the next sync tries again."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """How documents of one source become chunks. `embedder` is its identity; `header` writes what is embedded before the
    text of a chunk, `pipeline` is the version that the generation was built with."""

    source: Source
    chunker: Chunker
    embedder: str
    header: Header = no_header
    pipeline: str = PIPELINE

    def prepare(self, listed: SourceItem, known: ManifestItem | None) -> ItemWrite:
        """Read a document that is new or may have changed.

        One that cannot be read keeps the chunks it has and says so in `error`.

        Raises:
            ExtraMissing: the library for this kind of file is not installed.
        """
        found = self.read(listed, known)
        if isinstance(found, ItemWrite):
            return found
        return chunked(found, self.chunker, self.embedder, self.header, self.pipeline)

    def read(self, listed: SourceItem, known: ManifestItem | None) -> Reading | ItemWrite:
        """The first half of `prepare`: what is to be parsed, or what is to be written where that can be told without."""
        name = self.source.name
        item = ManifestItem(
            known.id if known else short_hash(name, listed.key),
            name,
            listed.key,
            listed.token,
            listed.size,
            listed.changed_at,
            known.content_hash if known else "",
            known.title if known else "",
            metadata=known.metadata if known else NOTHING,
        )
        try:
            data = self.source.read(listed.key)
        except (InputError, OutsideError) as error:
            return ItemWrite(item._replace(token=UNREAD, error=error.message))
        content_hash = digest_bytes(data)
        if content_hash == item.content_hash and item.metadata == NOTHING and not listed.metadata:
            return ItemWrite(item)
        return Reading(item, listed, data, content_hash)


def chunked(
    reading: Reading, chunker: Chunker, embedder: str, header: Header = no_header, pipeline: str = PIPELINE
) -> ItemWrite:
    """Parse and cut what was read; it depends on nothing else. One that cannot be parsed says so in `error`.

    Raises:
        ExtraMissing: the library for this kind of file is not installed.
    """
    item, listed, content_hash = reading.item, reading.listed, reading.content_hash
    try:
        document = parse(item.source, listed.key, reading.data, listed.format, pipeline=pipeline)
    except ExtraMissing:
        raise
    except InputError as error:
        return ItemWrite(item._replace(error=error.message))
    told = merged_metadata(document.metadata, listed.metadata)
    metadata = canonical_json(told).decode() if told else NOTHING
    if content_hash == item.content_hash and metadata == item.metadata:
        return ItemWrite(item)
    chunks = cut(document, chunker, embedder, header, told)
    return ItemWrite(item._replace(content_hash=content_hash, title=document.title, metadata=metadata), chunks)


def merged_metadata(document: Mapping[str, Json], source: Mapping[str, Json]) -> dict[str, Json]:
    """What is known of a document. The source is believed before the document, so that nobody can write himself into
    another tenant; keys that say where a chunk stands are never theirs."""
    return {key: value for key, value in {**document, **source}.items() if key not in RESERVED}


def same_content(source: Source, listed: SourceItem, known: ManifestItem) -> bool:
    """Tell whether a document with another token has the content that the manifest knows."""
    try:
        return digest_bytes(source.read(listed.key)) == known.content_hash
    except (InputError, OutsideError):
        return False


def cut(
    document: Document,
    chunker: Chunker,
    embedder: str,
    header: Header = no_header,
    metadata: Mapping[str, Json] = MappingProxyType({}),
) -> tuple[IndexedChunk, ...]:
    """Cut a document into chunks with ids that depend on their text and not on their neighbours; each gets the metadata of
    the document."""
    places = Places(document)
    seen: Counter[str] = Counter()
    found = []
    for ordinal, span in enumerate(chunker.spans(document)):
        text = document.text[span.start : span.end]
        text_hash = short_hash(text)
        line, page = places.at(span.start)
        chunk = Chunk(
            cid=short_hash(document.source, document.key, text_hash, str(seen[text_hash])),
            source=document.source,
            key=document.key,
            ordinal=ordinal,
            start=span.start,
            end=span.end,
            text=text,
            line=line,
            end_line=places.at(span.end - 1)[0],
            page=page,
            metadata={**span.metadata, **metadata} if metadata else span.metadata,
        )
        seen[text_hash] += 1
        before = header(span.metadata, document.title)
        found.append(IndexedChunk(chunk, text_hash, embedding_key(embedder, before + text), before))
    return tuple(found)


def embedding_key(embedder: str, text: str) -> str:
    """What a document text's vector is stored under; the cache of embedders asks with the same key."""
    return digest("embedding", [embedder, "document", text])
