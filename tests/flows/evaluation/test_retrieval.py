"""Retrieval alone as a target."""

import asyncio
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError
from llmops.domain.corpus import Context, Hits
from llmops.flows.evaluation.retrieval import RetrievalTarget
from tests.support.workspaces import llmops as command

SUITE = """target: {rag: docs}
dataset: docs
scorers: [hit_rate, mrr, latency]
gates: [{error_rate: 0.02}]
"""


class Shelf:
    """A retriever that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def retrieve(self, question: str, *, k: int | None = None, **rest: object) -> Hits:
        self.asked.append(question)
        return Hits(contexts=(Context(id="a", text="passage"),), generation="gen-1", sequence=7)


def test_contexts_are_the_answer_and_the_output_is_empty() -> None:
    shelf = Shelf()
    target = RetrievalTarget("rag/docs", shelf, {"rag": "sha256:1"})
    reply = asyncio.run(target.answer({"question": "When?", "lang": "en"}))
    assert (reply.text, reply.contexts[0].id) == ("", "a")
    assert reply.refs == {"rag": "sha256:1", "generation": "gen-1", "sequence": "7"}
    asyncio.run(target.answer({"messages": [{"role": "user", "content": "And then?"}]}))
    assert shelf.asked == ["When?", "And then?"]
    with pytest.raises(InputError, match="rag/docs has no question to search with") as caught:
        asyncio.run(target.answer({"a": 1}))
    assert "`question`" in caught.value.hint


def test_a_suite_scores_retrieval_alone(ready: Path) -> None:
    (ready / "evals" / "search.yaml").write_text(SUITE)
    with llmops.open(ready) as ws:
        report = ws.eval("search")
        assert (report.target, report.errors) == ("rag/docs", 0)
        assert {score.label: score.missing for score in report.scores} == {"hit_rate": 0, "mrr": 0, "latency": 0}
        assert report.refs["rag"] == ws.store.versions.latest("rag", "docs").digest  # type: ignore[union-attr]
        assert "app" not in report.refs


def test_scorers_that_read_an_answer_are_refused_before_anything_runs(ready: Path) -> None:
    (ready / "evals" / "search.yaml").write_text(SUITE.replace("mrr", "contains"))
    said = command("eval", "search", cwd=ready)
    assert said.code == 2
    assert "contains reads the answer, and rag/docs gives none: it only retrieves" in said.err
    assert "hit_rate" in said.err


def test_retrieval_asks_no_model(ready: Path) -> None:
    said = command("eval", "docs", "--target", "rag/docs", "--model", "offline/echo", cwd=ready)
    assert said.code == 2
    assert "rag/docs only retrieves and asks no model" in said.err
