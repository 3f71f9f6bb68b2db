"""What goes through the writer in one transaction."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

import llmops.index.batches
from llmops.backends.hashed import HashEmbedder
from llmops.domain.corpus import ChunkingSpec, SourceSpec
from llmops.index.batches import Batch, one_by_one
from llmops.index.chunking.methods import open_chunker
from llmops.index.plan import Tally, compare
from llmops.index.prepare import Preparation
from llmops.index.sources.files import FileSource


def all_batches(root: Path, *, delete: bool, known: dict[str, str]) -> list[Batch]:
    """The batches of a folder against a manifest that knows these documents."""
    source = FileSource(SourceSpec(files="*.md"), root)
    preparation = Preparation(source, open_chunker(ChunkingSpec(size=8, overlap=0), HashEmbedder()), "hash")
    listed = {item.key: item for item in source.items()}
    items = []
    for key, text in sorted(known.items()):
        (root / "before.md").write_text(text)
        [before] = [item for item in source.items() if item.key == "before.md"]
        write = preparation.prepare(before, None)
        (root / "before.md").unlink()
        token = listed[key].token if key in listed and (root / key).read_text() == text else "other"
        items.append(write.item._replace(key=key, token=token))
    differences = compare(source.name, source.items(), iter(items), Tally())

    async def gather() -> list[Batch]:
        async with aclosing(one_by_one(differences, preparation, delete)) as batches:
            return [batch async for batch in batches]

    return asyncio.run(gather())


@pytest.mark.parametrize("delete", [True, False])
def test_a_batch_holds_what_came_changed_and_went(tmp_path: Path, delete: bool) -> None:
    (tmp_path / "new.md").write_text("new text")
    (tmp_path / "same.md").write_text("the same text")
    (tmp_path / "changed.md").write_text("changed text")
    known = {"changed.md": "old text", "gone.md": "gone text", "same.md": "the same text"}
    [batch] = all_batches(tmp_path, delete=delete, known=known)
    assert [write.item.key for write in batch.to_write()] == ["changed.md", "new.md"]
    assert [item.key for item in batch.known] == ["changed.md"]
    assert ([item.key for item in batch.gone], batch.held) == ((["gone.md"], 0) if delete else ([], 1))
    assert (batch.size, batch.chunks) == (3, 2)


def test_a_batch_is_full_at_so_many_documents_or_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llmops.index.batches, "BATCH_DOCUMENTS", 3)
    monkeypatch.setattr(llmops.index.batches, "BATCH_CHUNKS", 4)
    for n in range(7):
        (tmp_path / f"{n}.md").write_text("text")
    (tmp_path / "1.md").write_text("\n\n".join(f"# {n}\n\nof many parts" for n in range(9)))
    batches = all_batches(tmp_path, delete=True, known={})
    assert [[write.item.key[0] for write in batch.writes] for batch in batches] == [
        ["0", "1"],
        ["2", "3", "4"],
        ["5", "6"],
    ]


def test_a_batch_is_full_at_so_many_bytes_of_what_it_replaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llmops.index.batches, "BATCH_BYTES", 20)
    (tmp_path / "new.md").write_text("what is new replaces nothing, however long it may be")
    known = {
        "a.md": "ten bytes.",
        "b.md": "ten bytes.",
        "c.md": "ten bytes.",
        "z.md": "more than twenty bytes are these",
    }
    batches = all_batches(tmp_path, delete=True, known=known)
    assert [[item.key for item in batch.gone] for batch in batches] == [["a.md", "b.md"], ["c.md", "z.md"]]
    assert [write.item.key for batch in batches for write in batch.writes] == ["new.md"]
