"""Indexes by the name of their RAG configuration."""

from pathlib import Path

import pytest

import llmops
from llmops.core.bridge import run_sync
from llmops.core.errors import LlmopsError
from llmops.core.names import parse_ref
from llmops.flows.refresh import open_index


def test_an_index_is_found_by_its_configuration(ready: Path) -> None:
    with llmops.open(ready) as ws:
        index = open_index(ws.services, parse_ref("rag/docs"))
        assert run_sync(index.search("gift card", k=1)).contexts[0].metadata["key"] == "docs/gift-cards.md"
        with pytest.raises(LlmopsError, match="nothing"):
            open_index(ws.services, parse_ref("rag/nothing"))


def test_a_retriever_of_ones_own_has_no_index(workspace: Path) -> None:
    (workspace / "rag").mkdir(exist_ok=True)
    (workspace / "rag" / "own.yaml").write_text('retriever: {python: "find:find", version: "1"}\n')
    with (
        llmops.open(workspace) as ws,
        pytest.raises(LlmopsError, match="rag/own has no index: its retriever is find:find"),
    ):
        ws.index("own").plan()
