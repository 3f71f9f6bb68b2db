"""The one transaction in which a manifest changes: items, chunks, texts, outbox and history together.

What is replaced or removed goes to the tables of the past, with the sequence that ended it. So nothing is copied while an
index is first built, and nothing is written at all when nothing changed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from sqlalchemy import Connection, Table, delete, func, insert, literal, select, update

from llmops.domain.filters import tokens
from llmops.domain.manifest import CommitNote, IndexedChunk, ItemWrite, ManifestItem, Written
from llmops.storage.lexical import index_texts
from llmops.storage.manifest_rows import CHUNK, ITEM, PAST, AnyRow, chunk_values, parts
from llmops.storage.tables.corpus import CHUNKS, COMMITS, GENERATIONS, ITEMS, OUTBOX, TEXTS
from llmops.storage.upserts import insert_new, insert_or_update

Changes: TypeAlias = tuple[Sequence[ItemWrite], Sequence[ManifestItem]]
"""Items to be written, and items that are gone."""

# What may change of an item without its contents being others.
_PASSING: Final = {"id", "token", "size", "changed_at", "error"}
_CONTENTS: Final = tuple(name for name in ManifestItem._fields if name not in _PASSING)
_NOT_COMPARED: Final = {"generation_id", "since"}


def commit_manifest(
    connection: Connection, generation: int, changes: Changes, now: datetime, note: CommitNote
) -> Written:
    """Write items with their chunks, remove items that are gone, and note in the outbox what that means for vectors."""
    writes, gone = changes
    sequence = 1 + (connection.scalar(select(GENERATIONS.c.sequence).where(GENERATIONS.c.id == generation)) or 0)
    cut = [write for write in writes if write.chunks is not None]
    new = {indexed.chunk.cid: (write.item.id, indexed) for write in cut for indexed in write.chunks or ()}
    removed_at = dict.fromkeys((item.id for item in gone), now.timestamp())
    changed_at = {write.item.id: write.item.changed_at for write in cut} | removed_at
    items = _items(connection, generation, [write.item.id for write in writes])
    old = _chunks(connection, generation, [id_ for id_ in changed_at if id_ in items or id_ in removed_at])
    rows = {cid: chunk_values(generation, *new[cid], sequence) for cid in new}
    added = [cid for cid in new if cid not in old]
    updated = [cid for cid in new if cid in old and _differs(old[cid], rows[cid])]
    removed = [cid for cid in old if cid not in new]
    touched = {new[cid][0] for cid in (*added, *updated)} | {old[cid].item_id for cid in removed}
    replaced = [w.item.id for w in cut if w.item.id in items and (w.item.id in touched or _is_new(items, w.item))]
    _keep(connection, ITEMS, generation, [*replaced, *(item.id for item in gone)], sequence)
    _keep(connection, CHUNKS, generation, [*updated, *removed], sequence)
    since = {id_: row.since for id_, row in items.items()} | dict.fromkeys(replaced, sequence)
    _write_items(connection, generation, writes, since, sequence)
    _write_texts(connection, (new[cid][1] for cid in added))
    insert_or_update(connection, CHUNKS, [rows[cid] for cid in (*added, *updated)])
    _remove(connection, generation, removed, [item.id for item in gone])
    refiled = [cid for cid in updated if _tokens(old[cid]) != tokens(new[cid][1].chunk.metadata)]
    outbox = [(cid, changed_at[new[cid][0]]) for cid in (*added, *refiled)]
    outbox += [(cid, changed_at[old[cid].item_id]) for cid in removed]
    moved = [cid for cid in updated if old[cid].embedding_key != rows[cid]["embedding_key"]]  # under a new header
    outbox += [(cid, changed_at[new[cid][0]]) for cid in moved]
    if outbox:
        values = [{"generation_id": generation, "cid": cid, "changed_at": at} for cid, at in outbox]
        connection.execute(insert(OUTBOX), values)
    done = Written(len(added), len(updated), len(removed))
    if any(done) or replaced or gone:
        _advance(connection, generation, sequence, done, now, note)
    return done


def _items(connection: Connection, generation: int, ids: list[str]) -> dict[str, AnyRow]:
    found: dict[str, AnyRow] = {}
    for part in parts(ids):
        wanted = (ITEMS.c.generation_id == generation) & ITEMS.c.id.in_(part)
        found |= {row.id: row for row in connection.execute(select(*ITEM, ITEMS.c.since).where(wanted))}
    return found


def _chunks(connection: Connection, generation: int, items: list[str]) -> dict[str, AnyRow]:
    found: dict[str, AnyRow] = {}
    for part in parts(items):
        wanted = (CHUNKS.c.generation_id == generation) & CHUNKS.c.item_id.in_(part)
        found |= {row.cid: row for row in connection.execute(select(*CHUNK).where(wanted))}
    return found


def _tokens(row: AnyRow) -> list[str]:
    return tokens(json.loads(row.metadata))


def _differs(row: AnyRow, values: Mapping[str, object]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items() if name not in _NOT_COMPARED)


def _is_new(items: Mapping[str, AnyRow], item: ManifestItem) -> bool:
    """Whether an item says something else about its contents than the row that is there."""
    return any(getattr(items[item.id], name) != getattr(item, name) for name in _CONTENTS)


def _keep(connection: Connection, table: Table, generation: int, ids: Sequence[str], until: int) -> None:
    """Copy rows to the past, before they are replaced or removed."""
    names = [column.name for column in table.c]
    key = table.c["id" if table is ITEMS else "cid"]
    for part in parts(ids):
        rows = select(*table.c, literal(until)).where(table.c.generation_id == generation, key.in_(part))
        connection.execute(insert(PAST[table]).from_select([*names, "until"], rows))


def _write_items(
    connection: Connection, generation: int, writes: Sequence[ItemWrite], since: Mapping[str, int], sequence: int
) -> None:
    rows = [
        {"generation_id": generation, **item._asdict(), "since": since.get(item.id, sequence)}
        for item in (write.item for write in writes)
    ]
    insert_or_update(connection, ITEMS, rows)


def _write_texts(connection: Connection, added: Iterable[IndexedChunk]) -> None:
    texts = {indexed.text_hash: indexed.chunk.text for indexed in added}
    insert_new(connection, TEXTS, [{"hash": key, "content": texts[key]} for key in sorted(texts)])
    index_texts(connection, texts)


def _remove(connection: Connection, generation: int, cids: list[str], items: list[str]) -> None:
    """Remove chunks and items. Their texts stay as long as the history does."""
    for part in parts(cids):
        connection.execute(delete(CHUNKS).where(CHUNKS.c.generation_id == generation, CHUNKS.c.cid.in_(part)))
    for part in parts(items):
        connection.execute(delete(ITEMS).where(ITEMS.c.generation_id == generation, ITEMS.c.id.in_(part)))


def _advance(
    connection: Connection, generation: int, sequence: int, done: Written, now: datetime, note: CommitNote
) -> None:
    """Write the row of the history. Its time is never before that of the row before, whatever the clock says."""
    last = connection.scalar(select(func.max(COMMITS.c.at)).where(COMMITS.c.generation_id == generation))
    values = {"generation_id": generation, "sequence": sequence, "at": max(now, last or now)}
    values |= {"added": done.added, "updated": done.updated, "removed": done.removed}
    values |= {"embedded": note.embedded, "seconds": note.seconds, "note": note.text}
    connection.execute(insert(COMMITS).values(values))
    connection.execute(update(GENERATIONS).where(GENERATIONS.c.id == generation).values(sequence=sequence))
