"""RAG configurations."""

import pytest

from llmops.domain.corpus import RagSpec
from tests.support.registries import Desk


def test_defaults_are_written_out(desk: Desk) -> None:
    desk.write("rag/docs.yaml", "sources: [{files: 'docs/**/*.md'}]\n")
    content = desk.resolve("rag/docs").content
    assert content == {
        "sources": [{"files": "docs/**/*.md"}],
        "chunking": {"method": "markdown", "size": 200, "overlap": 20},
        "embedding": "local/all-MiniLM-L6-v2",
        "retrieval": {"mode": "dense", "k": 5},
    }
    assert desk.resolve("rag/docs").spec(RagSpec).chunking.size == 200


def test_the_workspace_names_the_embedding_where_the_file_does_not(desk: Desk) -> None:
    desk.write("llmops.toml", '[models]\nembedding = "offline/hash"\n')
    desk.write("rag/a.yaml", "sources: [{files: x}]\n")
    desk.write("rag/b.yaml", "sources: [{files: x}]\nembedding: local/all-MiniLM-L6-v2\n")
    assert desk.resolve("rag/a").content["embedding"] == "offline/hash"
    assert desk.resolve("rag/b").content["embedding"] == "local/all-MiniLM-L6-v2"


def test_what_a_chunking_says_beyond_the_first_version_is_written_only_where_it_is_said(desk: Desk) -> None:
    desk.write(
        "rag/a.yaml", "sources: [{files: x}]\nchunking: {method: code, size: 80, parent: 200, context: headings}\n"
    )
    assert desk.resolve("rag/a").content["chunking"] == {
        "method": "code", "size": 80, "overlap": 20, "parent": 200, "context": "headings"
    }  # fmt: skip


def test_sources_of_every_kind_are_kept_as_they_are_written(desk: Desk) -> None:
    desk.write(
        "rag/a.yaml",
        "sources:\n"
        "  - sql: {connection: crm, query: select 1, id: a, text: b, version: c, metadata: [tenant]}\n"
        "  - http: {sitemap: 'https://example.com/sitemap.xml'}\n"
        "  - objects: {connection: docs, files: '**/*.md'}\n"
        "  - git: {files: '*.md'}\n",
    )
    sources = desk.resolve("rag/a").content["sources"]
    assert [next(key for key in ("sql", "http", "objects", "git") if key in one) for one in sources] == [
        "sql", "http", "objects", "git",
    ]  # fmt: skip
    assert sources[0]["sql"]["metadata"] == ["tenant"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources: []", "it has no sources, and no retriever either"),
        ("chunking: {size: 40}", "it has no sources, and no retriever either"),
        ("sources: [{files: x}]\nretrieval: {mode: dens}", "retrieval.mode cannot be \"dens\"\nDid you mean 'dense'?"),
        ("sources:\n  - sql: {query: select 1}", "rag/r.yaml:2: 'sources[0].sql.connection' is missing"),
        ("sources:\n  - files: a\n    http: {pages: [x]}", "'x' is no address; write https://…"),
        ("sources: [{files: x}]\nretrieval:\n  required: [tenant]", "rag/r.yaml:3: unknown key 'retrieval.required'"),
        ("retriever: {python: 'a:b'}", "rag/r.yaml:1: 'retriever.version' is missing"),
        ("retriever: {python: 'a:b', version: '1'}\nsources: [{files: x}]", "leave out sources and chunking"),
        ("retriever: {python: 'a:b', version: '1'}\nretrieval: {mode: hybrid}", "leave out retrieval.mode"),
        ("sources: [{files: x}]\nretrieval: {k: 5, candidates: 4}", "candidates 4 must be at least k 5"),
        ("sources: [{files: x}]\nretrieval: {mode: lexical, min_score: 0.1}", "mode lexical compares none"),
        ("sources: [{files: x}]\nretrieval: {filters: {a: null}}", "the filter 'a' is None"),
        ("sources: [{files: x}]\nretrieval: {max_staleness: soon}", "'soon' is no duration"),
        ("sources: [{files: x}]\nretrieval: {rerank: {method: cross_encoder, prompt: p}}", "goes with method llm"),
        (
            "sources: [{files: x}]\nchunking:\n  method: fixd",
            "rag/r.yaml:3: there is no chunking method called 'fixd'\nDid you mean 'fixed'?",
        ),
        ("sources: [{files: x}]\nchunks: {size: 4}", "rag/r.yaml:2: unknown key 'chunks'\nDid you mean 'chunking'?"),
    ],
)
def test_what_is_wrong_with_a_rag_configuration(desk: Desk, text: str, said: str) -> None:
    desk.write("rag/r.yaml", text)
    assert said in desk.complaint()
