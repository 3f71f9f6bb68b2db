"""Chunks that know the longer stretch around them."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.backends.hashed import HashEmbedder
from llmops.domain.corpus import Chunk, ChunkingSpec, Document
from llmops.domain.parents import parent_of, parent_text
from llmops.index.chunking.methods import open_chunker
from llmops.index.prepare import cut
from tests.support.texts import documents

EMBEDDER = HashEmbedder()


def families(method: str, text: str, overlap: int = 0) -> dict[tuple[int, int], list[Chunk]]:
    spec = ChunkingSpec(method=method, size=10, overlap=overlap, parent=30)
    document = Document(source="files", key="a.py" if method == "code" else "a.md", text=text)
    found = defaultdict(list)
    for indexed in cut(document, open_chunker(spec, EMBEDDER), "hash"):
        parent = parent_of(indexed.chunk)
        assert parent is not None
        found[parent].append(indexed.chunk)
    return dict(found)


@settings(max_examples=80)
@given(text=documents(), method=st.sampled_from(["markdown", "recursive", "fixed", "code"]), overlap=st.integers(0, 5))
def test_a_parent_is_the_text_of_its_children_to_the_character(text: str, method: str, overlap: int) -> None:
    end = 0
    for (start, stop), children in families(method, text, overlap).items():
        assert parent_text(children) == text[start:stop]
        assert len(EMBEDDER.token_spans(text[start:stop])) <= 30
        assert all(len(EMBEDDER.token_spans(child.text)) <= 10 for child in children)
        assert not text[end:start].strip()
        end = stop
    assert not text[end:].strip()


def test_children_have_the_headings_of_their_parent() -> None:
    text = "# Guide\n\n## Install\n\n" + " ".join(f"Sentence number {n} is here." for n in range(8))
    found = families("markdown", text)
    children = [child for family in found.values() for child in family]
    assert all(child.metadata["headings"] == ["Guide", "Install"] for child in children)
    assert len(children) > 4
    assert len(found) == 2
