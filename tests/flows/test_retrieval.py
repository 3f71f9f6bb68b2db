"""What finds contexts, opened from a configuration; and that no filter ever lets another's contexts through."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import llmops
from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, LlmopsError, StoreError
from llmops.core.names import parse_ref
from llmops.domain.corpus import RagSpec, RetrievalSpec, SourceSpec
from llmops.domain.retrieval import RerankSpec
from llmops.flows.retrieval import Unreachable, open_retriever, refuse_offline
from llmops.workspace.workspace import Workspace
from tests.support.model_server import Behaviour, ModelServer, model_server
from tests.support.workspaces import llmops as command

GRADES = '{"grades": [{"number": 1, "grade": 1}, {"number": 2, "grade": 9}, {"number": 3, "grade": 0}]}'


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture
def tenants(workspace: Path, server: ModelServer) -> Iterator[Workspace]:
    """Two tenants with the same questions and other answers, told apart by what their documents say of themselves."""
    for tenant in "ab":
        for number in range(4):
            path = workspace / "docs" / tenant / f"{number}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"Refunds of plan {number} take {number} days at shop {tenant}.\n")
    with (workspace / "llmops.toml").open("a") as file:
        file.write(f'\n[connections.test]\napi_base = "{server.api_base}"\n')
    (workspace / "rag").mkdir(exist_ok=True)
    (workspace / "rag" / "tenants.yaml").write_text(
        "sources: [{files: 'docs/a/*.md'}, {files: 'docs/b/*.md'}]\nembedding: offline/hash\n"
        "retrieval: {required_filters: [source]}\n"
    )
    with llmops.open(workspace) as ws:
        ws.index("tenants").sync()
        yield ws


SPEC = RagSpec(sources=(SourceSpec(files="docs/a/*.md"), SourceSpec(files="docs/b/*.md")), embedding="offline/hash")
WAYS = {
    "dense": RetrievalSpec(k=3),
    "lexical": RetrievalSpec(mode="lexical", k=3),
    "hybrid": RetrievalSpec(mode="hybrid", k=3),
    "diverse": RetrievalSpec(mode="hybrid", k=3, mmr=0.3),
    "packed": RetrievalSpec(mode="hybrid", k=3, budget=40),
    "similar": RetrievalSpec(mode="hybrid", k=3, min_score=-1),
    "graded": RetrievalSpec(k=3, candidates=3, rerank=RerankSpec(method="llm", model="test/m")),
    "asked again": RetrievalSpec.model_validate({"k": 3, "queries": {"count": 2, "model": "test/m"}}),
    "rewritten": RetrievalSpec.model_validate({"k": 3, "rewrite": {"model": "test/m"}}),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_no_way_of_retrieval_shows_what_the_filter_does_not_let_through(
    tenants: Workspace, server: ModelServer, way: str
) -> None:
    answers = {
        "graded": GRADES,
        "asked again": '["plan 1 at shop b", "plan 2 at shop a"]',
        "rewritten": "shop b plan 1",
    }
    server.behaviour = Behaviour(text=answers.get(way, "?"))
    retrieval = WAYS[way].model_copy(update={"required_filters": ("source",)})
    retriever = open_retriever(tenants.services, "tenants", SPEC.model_copy(update={"retrieval": retrieval}))
    for tenant in ("a", "b", "a"):  # the second time from whatever the first one left
        hits = run_sync(
            retriever.retrieve("Refunds of plan 1 at shop b?", filters={"source": f"files:docs/{tenant}/*.md"})
        )
        assert {str(context.metadata["key"])[5] for context in hits.contexts} == {tenant}
        assert 1 <= len(hits.contexts) <= 3
        assert (hits.usage.tokens > 0) == (way in answers)
    assert run_sync(retriever.retrieve("Refunds", filters={"source": "files:docs/c/*.md"})).contexts == ()
    with pytest.raises(InputError, match="rag/tenants answers nobody without it"):
        run_sync(retriever.retrieve("Refunds of plan 1?"))


def test_apps_commands_and_suites_take_filters(tenants: Workspace) -> None:
    root = tenants.root
    (root / "apps" / "desk.yaml").write_text("prompt: answer\nrag: tenants\nmodel: offline/extractive\n")
    (root / "evals" / "data" / "desk.jsonl").write_text(
        "".join(
            f'{{"id": "{t}", "inputs": {{"question": "Refunds of plan 1?"}}, "metadata": {{"shop": "files:docs/{t}/*.md"}}, '
            f'"expectations": {{"relevant": ["docs/{t}/1.md"]}}}}\n'
            for t in "ab"
        )
    )
    suite = "target: {rag: tenants, filters: {source: metadata.shop}}\ndataset: desk\nscorers: [hit_rate]\n"
    (root / "evals" / "desk.yaml").write_text(suite)
    reply = tenants.app("desk").ask("Refunds of plan 1?", filters={"source": "files:docs/b/*.md"})
    assert {str(context.metadata["key"])[5] for context in reply.contexts} == {"b"}
    with pytest.raises(InputError, match="there is no filter 'source'"):
        tenants.app("desk").ask("Refunds of plan 1?")
    report = tenants.eval("desk")
    assert (report.errors, report.scores[0].mean) == (0, 1.0)
    tenants.close()
    said = command("index", "search", "tenants", "Refunds of plan 1?", "--filter", "source=files:docs/a/*.md", cwd=root)
    assert "docs/a/1.md" in said.out
    assert "docs/b/" not in said.out
    refused = command("ask", "app/desk", "Refunds of plan 1?", cwd=root)
    assert (refused.code, "--filter source=" in refused.err) == (2, True)
    assert command("ask", "app/desk", "Refunds of plan 1?", "--filter", "source=files:docs/a/*.md", cwd=root).code == 0


def test_a_function_of_the_workspace_answers(workspace: Path) -> None:
    (workspace / "own_search.py").write_text(
        "def find(question, k, filters):\n"
        "    return [{'id': 'x', 'text': f'{question} {k}', 'metadata': {'tenant': filters['tenant']}}]\n"
    )
    (workspace / "rag").mkdir(exist_ok=True)
    text = 'retriever: {python: "own_search:find", version: "3"}\nretrieval: {k: 2, required_filters: [tenant]}\n'
    (workspace / "rag" / "own.yaml").write_text(text)
    with llmops.open(workspace) as ws:
        first = ws.registry.resolve(parse_ref("rag/own")).digest
        hits = ws.index("own").search("how", filters={"tenant": "a"})
        assert (hits.contexts[0].text, hits.generation) == ("how 2", "own_search:find;3")
    (workspace / "rag" / "own.yaml").write_text(text.replace('"3"', '"4"'))
    with llmops.open(workspace) as ws:
        assert ws.registry.resolve(parse_ref("rag/own")).digest != first
        (workspace / "rag" / "own.yaml").write_text(text.replace("own_search:find", "elastic"))
    with llmops.open(workspace) as ws, pytest.raises(LlmopsError, match="there is no retriever called 'elastic'"):
        ws.index("own").search("how", filters={"tenant": "a"})


def test_while_the_store_does_not_answer_nothing_is_retrieved() -> None:
    with pytest.raises(StoreError, match="the index 'docs' cannot be searched while the store does not answer"):
        run_sync(Unreachable("docs").retrieve("x"))


def test_a_model_of_this_package_writes_nothing() -> None:
    with pytest.raises(InputError, match="offline/extractive is no language model"):
        refuse_offline("offline/extractive", "rewrite")
