"""What every chunking method keeps to, and what is special to each."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.backends.catalogs import open_embedder
from llmops.backends.hashed import HashEmbedder
from llmops.core.errors import NotFound
from llmops.core.settings import load_settings
from llmops.domain.corpus import CHUNKING_METHODS, ChunkingSpec, Document
from llmops.domain.ports import Embedder, Span
from llmops.index.chunking.methods import CHUNKERS, open_chunker
from tests.support.texts import documents

EMBEDDER = HashEmbedder()
METHODS = CHUNKING_METHODS
SPECS = st.tuples(st.sampled_from(METHODS), st.integers(8, 40), st.integers(0, 20)).map(
    lambda drawn: ChunkingSpec(method=drawn[0], size=drawn[1], overlap=min(drawn[2], drawn[1] // 2))
)


def spans(spec: ChunkingSpec, text: str, embedder: Embedder = EMBEDDER, pipeline: str = "") -> list[Span]:
    chunker = open_chunker(spec, embedder, pipeline=pipeline)
    return chunker.spans(Document(source="files", key="a.py" if spec.method == "code" else "a.md", text=text))


def check(spec: ChunkingSpec, text: str, embedder: Embedder) -> None:
    found = spans(spec, text, embedder)
    token_spans = embedder.token_spans
    covered = 0
    for before, span in zip([None, *found], found, strict=False):
        chunk = text[span.start : span.end]
        assert chunk.lstrip(" \t" if spec.method == "code" else "") == chunk.strip() != ""
        assert len(token_spans(chunk)) <= spec.size
        assert not text[covered : span.start].strip()
        if before is not None:
            assert before.start < span.start
            assert before.end < span.end
            repeated = text[span.start : max(before.end, span.start)]
            assert len(token_spans(repeated)) <= spec.overlap
        covered = span.end
    assert not text[covered:].strip()


@settings(max_examples=200, deadline=None)
@given(spec=SPECS, text=documents())
def test_chunks_are_in_order_cover_the_text_and_fit(spec: ChunkingSpec, text: str) -> None:
    check(spec, text, EMBEDDER)


@settings(max_examples=30, deadline=None)
@given(spec=SPECS, text=documents())
def test_sizes_are_in_the_tokens_of_the_real_model(
    spec: ChunkingSpec, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if spec.method == "semantic":  # embeds
        spec = spec.model_copy(update={"method": "sentence"})
    embedder = open_embedder("local/all-MiniLM-L6-v2", load_settings(tmp_path_factory.getbasetemp(), {}))
    check(spec, text, embedder)


@settings(max_examples=30, deadline=None)
@given(spec=SPECS, text=documents())
def test_the_same_text_is_cut_the_same_way(spec: ChunkingSpec, text: str) -> None:
    assert spans(spec, text) == spans(spec, text)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_nothing_gives_no_chunks(method: str, text: str) -> None:
    assert spans(ChunkingSpec.model_validate({"method": method}), text) == []


TEXT = "One two three four five. Six seven.\n\nEight nine ten eleven twelve. Thirteen fourteen fifteen."


@pytest.mark.parametrize(
    ("method", "chunks"),
    [
        (
            "recursive",
            ["One two three four five. Six seven.", "Eight nine ten eleven twelve.", "Thirteen fourteen fifteen."],
        ),
        (
            "sentence",
            ["One two three four five. Six seven.", "Eight nine ten eleven twelve.", "Thirteen fourteen fifteen."],
        ),
        (
            "fixed",
            ["One two three four five. Six seven.", "Eight nine ten eleven twelve. Thirteen fourteen", "fifteen."],
        ),
    ],
)
def test_where_each_method_cuts(method: str, chunks: list[str]) -> None:
    found = spans(ChunkingSpec.model_validate({"method": method, "size": 9, "overlap": 0}), TEXT)
    assert [TEXT[span.start : span.end] for span in found] == chunks


def test_a_change_in_one_section_leaves_the_chunks_of_others_alone() -> None:
    text = "\n\n".join(f"# Part {n}\n\n" + " ".join(f"word{n}x{i}" for i in range(60)) for n in range(5))
    changed = text.replace("word2x3 ", "new words in the middle of it ")
    spec = ChunkingSpec(size=20, overlap=4)
    before = {text[span.start : span.end] for span in spans(spec, text)}
    after = {changed[span.start : span.end] for span in spans(spec, changed)}
    assert all("word2x" in chunk or "new words" in chunk for chunk in after - before)


def test_large_documents_are_cut_in_time_that_grows_with_their_length() -> None:
    text = "\n\n".join(f"## Part {n}\n\n" + "word " * 150 + "\n\n| a | b |" for n in range(100))
    for method in METHODS:
        assert spans(ChunkingSpec.model_validate({"method": method, "size": 100}), text)


def test_packages_may_add_methods() -> None:
    assert CHUNKERS.group == "llmops.chunkers"
    assert sorted(CHUNKERS) == sorted(METHODS)
    with pytest.raises(NotFound, match="there is no chunking method called 'fixd'"):
        CHUNKERS.get("fixd")
