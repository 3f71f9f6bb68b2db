"""The composition root, as a Python user meets it."""

import inspect
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError, RenderError
from llmops.workspace.app import App
from llmops.workspace.index import IndexHandle
from llmops.workspace.workspace import Workspace, open_workspace


def test_the_public_names_are_few() -> None:
    assert sorted(llmops.__all__) == ["check", "open", "scorer"]
    for name in llmops.__all__:
        assert callable(getattr(llmops, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = llmops.nothing


@pytest.mark.parametrize("cls", [App, IndexHandle, Workspace])
def test_async_twins_take_what_their_sync_forms_take(cls: type) -> None:
    for name, method in inspect.getmembers(cls, inspect.iscoroutinefunction):
        if name.startswith("a") and hasattr(cls, name[1:]):
            twin = inspect.signature(getattr(cls, name[1:]))
            assert inspect.signature(method) == twin, name
        else:
            assert name.startswith("_"), name


def test_a_missing_input_is_named(ready: Path) -> None:
    with llmops.open(ready) as ws, pytest.raises(RenderError, match="question"):
        ws.prompt("answer").render(contexts=[])


def test_a_handle_follows_its_alias_within_the_time_to_live(ready: Path) -> None:
    with llmops.open(ready) as ws:
        ws.promote("app/docs@1", to="production")
        app = ws.app("docs@production")
        first = app.refs["app"]
        prompt = ready / "prompts" / "answer.md"
        prompt.write_text(prompt.read_text().replace("bookshop", "library"))
        ws.register(message="library")
        ws.promote("app/docs@2", to="production")
        assert app.ask("x").refs["app"] == first  # within cache.alias_ttl
        assert ws.app("docs@production") is app
    with llmops.open(ready, cache__alias_ttl="0s") as fresh:
        app = fresh.app("docs@production")
        assert app.refs["app"] != first
        move = fresh.rollback("app/docs@production")
        assert move.to_number == 1
        assert app.ask("x").refs["app"] == first


def test_an_evaluation_gives_a_report(ready: Path) -> None:
    with llmops.open(ready) as ws:
        report = ws.eval("docs")
        assert report.cases == 12
        assert {score.label for score in report.scores} == {"contains", "hit_rate", "context_support", "latency"}
        assert ws.eval("docs").cached == 12


def test_a_user_scorer_may_be_async_and_must_not_block_the_loop(ready: Path) -> None:
    (ready / "mine.py").write_text(
        "import llmops\n"
        "from llmops import scorer\n"
        "@scorer\n"
        "async def short(output: str) -> bool:\n"
        "    return len(output) < 400\n"
        "@scorer\n"
        "async def blocks(output: str) -> bool:\n"
        "    with llmops.open() as ws:\n"
        "        return bool(ws.app('docs').ask('x'))\n"
    )
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text().replace("- contains", "- mine:short\n  - mine:blocks\n  - contains"))
    with llmops.open(ready) as ws:
        scores = {score.label: score for score in ws.eval("docs").scores}
    short = scores.get("short") or scores["mine:short"]
    blocks = scores.get("blocks") or scores["mine:blocks"]
    assert (short.n, short.missing) == (12, 0)
    assert (blocks.n, blocks.missing) == (0, 12)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        open_workspace(tmp_path / "nothing")


def test_a_store_url_opens_that_store(ready: Path) -> None:
    with llmops.open(f"sqlite:///{ready / 'other.db'}") as ws:
        assert ws.registry.list_artifacts() == []
        ws.register()
        assert ws.registry.list_artifacts()
    with llmops.open(ready) as ws:
        assert ws.store.versions.latest("prompt", "answer") is not None
