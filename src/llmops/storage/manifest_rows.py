"""Rows of the manifest's tables and the values of the domain that they stand for."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Row, Table

from llmops.domain.corpus import Chunk, RagSpec
from llmops.domain.manifest import Generation, IndexedChunk, ManifestItem
from llmops.domain.noun import content_of
from llmops.storage.tables.corpus import CHUNKS, ITEMS, PAST_CHUNKS, PAST_ITEMS

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
ITEM: Final = tuple(ITEMS.c[name] for name in ManifestItem._fields)
CHUNK: Final = tuple(column for column in CHUNKS.c if column.name != "generation_id")
PAST: Final[dict[Table, Table]] = {ITEMS: PAST_ITEMS, CHUNKS: PAST_CHUNKS}
_BATCH: Final = 500  # values in one IN


def parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Values in as many parts as there are queries to be asked."""
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def chunk_values(generation: int, item: str, indexed: IndexedChunk, since: int) -> dict[str, object]:
    """The row of a chunk."""
    chunk = indexed.chunk
    return {
        "generation_id": generation,
        "cid": chunk.cid,
        "item_id": item,
        "ordinal": chunk.ordinal,
        "start": chunk.start,
        "end": chunk.end,
        "line": chunk.line,
        "end_line": chunk.end_line,
        "page": chunk.page,
        "text_hash": indexed.text_hash,
        "embedding_key": indexed.embedding_key,
        "metadata": json.dumps(chunk.metadata, ensure_ascii=False, sort_keys=True),
        "since": since,
    }


def chunk_of(row: AnyRow) -> Chunk:
    """The chunk of a row that is joined with its item and its text."""
    metadata = json.loads(row.metadata)
    return Chunk(
        cid=row.cid,
        source=row.source,
        key=row.key,
        ordinal=row.ordinal,
        start=row.start,
        end=row.end,
        text=row.content,
        line=row.line,
        end_line=row.end_line,
        page=row.page,
        metadata={**metadata, "title": row.title} if row.title else metadata,
    )


def indexed_of(row: AnyRow) -> IndexedChunk:
    """The same, with the digests of its text; its metadata are those of the row alone."""
    chunk = chunk_of(row).model_copy(update={"metadata": json.loads(row.metadata)})
    return IndexedChunk(chunk, row.text_hash, row.embedding_key)


def generation_of(row: AnyRow) -> Generation:
    """The generation of a row."""
    values = {name: value for name, value in row._mapping.items() if name in Generation.model_fields}
    return Generation(**{**values, "index": row.index_name, "spec": RagSpec.model_validate_json(row.spec)})


def generation_values(generation: Generation) -> dict[str, object]:
    """The row of a generation."""
    values = generation.model_dump(exclude={"id", "index", "spec"})
    spec = json.dumps(content_of(generation.spec), ensure_ascii=False)
    return {**values, "index_name": generation.index, "spec": spec}


def was(table: Table, generation: int, sequence: int) -> ColumnElement[bool]:
    """Whether a row of the present or of the past was so at a sequence."""
    so = (table.c.generation_id == generation) & (table.c.since <= sequence)
    return so if table in PAST else so & (table.c.until > sequence)
