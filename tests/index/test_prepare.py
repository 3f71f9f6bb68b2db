"""From a listed document to the chunks that the manifest is to hold."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from llmops.backends.hashed import HashEmbedder
from llmops.core.errors import ExtraMissing
from llmops.core.hashing import Json
from llmops.domain.corpus import ChunkingSpec, Document, SourceSpec
from llmops.domain.manifest import ItemWrite
from llmops.domain.ports import SourceItem
from llmops.index.chunking.headers import open_header
from llmops.index.chunking.methods import open_chunker
from llmops.index.parsing.parse import parse
from llmops.index.prepare import UNREAD, Preparation, cut, embedding_key, same_content
from llmops.index.sources.files import FileSource

CHUNKER = open_chunker(ChunkingSpec(size=8, overlap=0), HashEmbedder())


def preparation(root: Path) -> Preparation:
    return Preparation(FileSource(SourceSpec(files="*"), root), CHUNKER, "hash")


def prepared(root: Path, known: ItemWrite | None = None) -> ItemWrite:
    made = preparation(root)
    (listed,) = made.source.items()
    return made.prepare(listed, known.item if known else None)


def texts(write: ItemWrite) -> list[str]:
    return [indexed.chunk.text for indexed in write.chunks or ()]


def test_a_new_document_is_cut(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# One\n\ntwo three\n\n# Four\n\nfive\n")
    write = prepared(tmp_path)
    assert texts(write) == ["# One\n\ntwo three", "# Four\n\nfive"]
    assert (write.item.title, write.item.key, write.item.error) == ("One", "a.md", "")
    first, second = (indexed.chunk for indexed in write.chunks or ())
    assert (first.line, first.end_line, second.line, second.end_line) == (1, 3, 5, 7)
    assert second.metadata == {"headings": ["Four"]}


def test_what_was_only_touched_keeps_its_chunks(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("text")
    first = prepared(tmp_path)
    path.write_text("text")
    again = prepared(tmp_path, first)
    assert again.chunks is None
    assert again.item == first.item._replace(token=again.item.token, changed_at=again.item.changed_at)
    made = preparation(tmp_path)
    (listed,) = made.source.items()
    assert same_content(made.source, listed, first.item)
    assert not same_content(made.source, listed, first.item._replace(content_hash="other"))


@dataclass
class Desk:
    """A source of one document, with metadata."""

    text: str
    metadata: dict[str, Json]
    name: str = "desk"

    def items(self) -> list[SourceItem]:
        """The document."""
        return [SourceItem("a", repr(self), 1, 0.0, self.metadata, "md")]

    def read(self, key: str) -> bytes:
        """Its text."""
        assert key == "a"
        return self.text.encode()

    def prepared(self, known: ItemWrite | None = None) -> ItemWrite:
        """Prepare it."""
        (listed,) = self.items()
        return Preparation(self, CHUNKER, "hash").prepare(listed, known.item if known else None)


def test_what_a_source_knows_of_a_document_stands_in_each_chunk() -> None:
    write = Desk("# A\n\none\n\n# B\n\ntwo", {"tenant": "x", "key": "forged", "headings": "forged"}).prepared()
    assert write.item.metadata == '{"tenant":"x"}'
    found = [indexed.chunk.metadata for indexed in write.chunks or ()]
    assert found == [{"headings": ["A"], "tenant": "x"}, {"headings": ["B"], "tenant": "x"}]


def test_other_metadata_is_an_update_with_the_same_ids_and_vectors() -> None:
    first = Desk("text", {"tenant": "x"}).prepared()
    moved = Desk("text", {"tenant": "y"}).prepared(first)
    (before,), (after,) = first.chunks or (), moved.chunks or ()
    assert after.chunk.metadata == {"tenant": "y"}
    assert (after.chunk.cid, after.embedding_key) == (before.chunk.cid, before.embedding_key)
    assert (Desk("text", {"tenant": "y"}).prepared(moved).chunks, moved.item.metadata) == (None, '{"tenant":"y"}')
    assert Desk("text", {}).prepared(moved).item.metadata == "{}"


def test_what_cannot_be_parsed_keeps_its_last_good_version(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# Good\n\ntext")
    good = prepared(tmp_path)
    path.write_bytes(b"bad \xff")
    bad = prepared(tmp_path, good)
    assert bad.chunks is None
    assert bad.item.error == "a.md: byte 0xff in line 1 is no UTF-8"
    assert (bad.item.content_hash, bad.item.title) == (good.item.content_hash, "Good")
    assert bad.item.token != good.item.token
    path.write_text("# Good\n\ntext")
    mended = prepared(tmp_path, bad)
    assert (mended.item.error, mended.chunks) == ("", None)


def test_what_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    made = preparation(tmp_path)
    (listed,) = made.source.items()
    (tmp_path / "a.md").unlink()
    write = made.prepare(listed, None)
    assert (write.item.token, write.chunks) == (UNREAD, None)
    assert write.item.error == "a.md cannot be read: No such file or directory"
    assert not same_content(made.source, listed, write.item)


def test_a_missing_library_is_no_fault_of_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdf", None)
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(ExtraMissing, match=r"reading a\.pdf needs pypdf"):
        prepared(tmp_path)


def cids(text: str, key: str = "a.md") -> dict[str, str]:
    document = parse("files", key, text.encode())
    return {indexed.chunk.cid: indexed.chunk.text for indexed in cut(document, CHUNKER, "hash")}


def test_an_id_depends_on_the_text_and_not_on_its_neighbours() -> None:
    before = cids("# A\n\none\n\n# B\n\ntwo")
    after = cids("# New\n\nzero\n\n# A\n\none\n\n# B\n\ntwo")
    assert before.items() < after.items()


def test_the_same_text_twice_has_two_ids_and_in_another_document_others() -> None:
    twice = cids("# A\n\none\n\n# A\n\none")
    assert list(twice.values()) == ["# A\n\none", "# A\n\none"]
    assert not twice.keys() & cids("# A\n\none", "b.md").keys()


def test_vectors_are_shared_by_text_and_embedder() -> None:
    document = Document(source="files", key="a", text="same")
    other = Document(source="files", key="b", text="same")
    (first,), (second,) = cut(document, CHUNKER, "hash"), cut(other, CHUNKER, "hash")
    assert first.embedding_key == second.embedding_key == embedding_key("hash", "same")
    assert embedding_key("another", "same") != embedding_key("hash", "same")


def test_a_header_is_embedded_with_the_text_and_not_cited() -> None:
    document = Document(source="files", key="a", text="same", title="Manual")
    chunker = open_chunker(ChunkingSpec(size=8, overlap=0, context="title"), HashEmbedder())
    header = open_header(ChunkingSpec(size=8, overlap=0, context="title"), HashEmbedder())
    (bare,), (headed,) = cut(document, chunker, "hash"), cut(document, chunker, "hash", header)
    assert headed.chunk == bare.chunk
    assert (headed.header, headed.embedding_key) == ("Manual\n\n", embedding_key("hash", "Manual\n\nsame"))


def test_an_empty_document_has_no_chunks() -> None:
    assert cids("") == {}
