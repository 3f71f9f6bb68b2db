"""I7: a query keeps one generation for its life, while its alias flips to another one and a sync goes on."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import llmops
from llmops.backends.hashed import HashEmbedder
from llmops.domain.ports import TextRole
from tests.flows.test_index_needs import cut
from tests.support.workspaces import llmops as command

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

QUESTION = "How long do I have to return something?"


def test_i7_a_query_keeps_one_generation_for_its_life(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (64, 65):
        cut(workspace, size)
        assert command("index", "sync", "docs", "--build").code == 0
        assert command("promote", "app/docs@1", "--to", "production").code == 0
    codes: list[int] = []

    def flip() -> None:
        codes.append(command("promote", "app/docs@2", "--to", "production").code)
        (workspace / "docs/new.md").write_text("# New\n\nA document that came meanwhile.\n")
        codes.append(command("index", "sync", "docs").code)

    async def embed(self: HashEmbedder, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        if role == "query" and not codes:  # in the midst of the first query
            await asyncio.to_thread(flip)
        return await plain(self, texts, role)

    plain = HashEmbedder.embed
    monkeypatch.setattr(HashEmbedder, "embed", embed)
    with llmops.open(workspace, cache__alias_ttl="0s") as ws:
        corpus = ws.store.corpus
        old, new = reversed(corpus.generations("docs"))
        app = ws.app("docs@production")
        first, second = app.ask(QUESTION), app.ask(QUESTION)
        assert codes == [0, 0]
        assert [reply.refs["generation"] for reply in (first, second)] == [old.uid, new.uid]
        assert first.refs["rag"] != second.refs["rag"]
        for reply, generation in ((first, old), (second, new)):
            held = {cid for page in corpus.embedding_keys(generation.id) for cid, _ in page}
            assert reply.contexts
            assert {context.id for context in reply.contexts} <= held
