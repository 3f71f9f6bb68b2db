"""Indexes by the name of their RAG configuration."""

from pathlib import Path

import pytest

import llmops
from llmops.core.bridge import run_sync
from llmops.core.errors import LlmopsError
from llmops.core.names import parse_ref
from llmops.domain.corpus import RagSpec
from llmops.flows.refresh import open_index, open_retriever


def test_an_index_is_found_by_its_configuration(ready: Path) -> None:
    with llmops.open(ready) as ws:
        index = open_index(ws.services, parse_ref("rag/docs"))
        assert run_sync(index.search("gift card", k=1)).contexts[0].metadata["key"] == "docs/gift-cards.md"
        with pytest.raises(LlmopsError, match="nothing"):
            open_index(ws.services, parse_ref("rag/nothing"))


def test_a_retriever_answers_from_it(ready: Path) -> None:
    with llmops.open(ready) as ws:
        spec = ws.registry.resolve(parse_ref("rag/docs")).spec(RagSpec)
        hits = run_sync(open_retriever(ws.services, "docs", spec).retrieve("gift card"))
        assert len(hits.contexts) == spec.retrieval.k
