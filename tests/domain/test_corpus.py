"""RAG configurations."""

import pytest
from pydantic import ValidationError

from llmops.domain.corpus import ChunkingSpec, RagSpec, RetrievalSpec, SourceSpec

SPEC = RagSpec(sources=(SourceSpec(files="docs/**/*.md"),))


def test_retrieval_settings_change_no_generation() -> None:
    assert SPEC.model_copy(update={"retrieval": RetrievalSpec(k=9)}).fingerprint == SPEC.fingerprint
    assert SPEC.model_copy(update={"description": "x"}).fingerprint == SPEC.fingerprint


def test_sources_chunking_and_embedding_do() -> None:
    changed: list[dict[str, object]] = [
        {"sources": (SourceSpec(files="other/*.md"),)},
        {"chunking": ChunkingSpec(size=100)},
        {"embedding": "offline/hash"},
    ]
    assert len({SPEC.fingerprint, *(SPEC.model_copy(update=update).fingerprint for update in changed)}) == 4


def test_fingerprints_of_the_first_version_stay() -> None:
    assert SPEC.fingerprint == "sha256:eac58bea344d4ac1bb7ef1264f1ec0eb0168a65c920d49968f046f4de2cc8500"
    chunkings = [
        ChunkingSpec(),
        ChunkingSpec(parent=400),
        ChunkingSpec(context="title"),
        ChunkingSpec(context="headings"),
    ]
    assert len({SPEC.model_copy(update={"chunking": chunking}).fingerprint for chunking in chunkings}) == 4
    assert RagSpec.model_validate_json(SPEC.model_dump_json()) == SPEC


def test_a_parent_is_at_least_twice_a_chunk() -> None:
    with pytest.raises(ValidationError, match="parent 150 must be at least twice size 100"):
        ChunkingSpec(size=100, overlap=0, parent=150)


def test_generations_that_were_built_before_keep_their_fingerprint() -> None:
    spec = RagSpec(sources=(SourceSpec(files="docs/**/*.md", exclude=("docs/x/*",)),))
    assert spec.fingerprint == "sha256:b82bde3ad9f9c243f59b8197760d784fd9e8715076fa2d9e551dd1a8e60906e8"


def test_overlap_is_at_most_half_a_chunk() -> None:
    with pytest.raises(ValidationError, match="overlap 60 must be at most half of size 100"):
        ChunkingSpec(size=100, overlap=60)


def test_a_rag_config_needs_a_source() -> None:
    with pytest.raises(ValidationError, match="it has no sources, and no retriever either"):
        RagSpec(sources=())
