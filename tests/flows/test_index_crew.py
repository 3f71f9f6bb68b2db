"""Documents in other processes: what goes there and back, tried with workers that live here."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import llmops
from llmops.backends.catalogs import EMBEDDERS
from llmops.backends.executors import EXECUTORS, Worker
from llmops.backends.hashed import HashEmbedder
from llmops.core.catalog import load
from llmops.core.errors import InputError, ModelError, NotFound
from llmops.core.settings import Settings
from llmops.index.reports import SyncReport
from llmops.workspace.workspace import Workspace
from tests.support.indexes import Library
from tests.support.model_server import Behaviour, ModelServer, model_server

RAG = """
sources:
  - files: docs/*
chunking: {size: 16, overlap: 2, context: headings}
embedding: offline/hash-64
"""


class NextDoor:
    """Two workers of this process that take turns; each piece of work is noted."""

    work: list[str] = []  # noqa: RUF012  # of all of them
    recipe: dict[str, str] = {}  # noqa: RUF012  # what of it is otherwise

    def __init__(self, opener: str, recipe: str) -> None:
        recipe = json.dumps({**json.loads(recipe), **NextDoor.recipe})
        self._workers: list[Worker] = [load(opener)(recipe) for _ in range(2)]  # type: ignore[operator]
        self._next = 0

    async def do(self, work: str) -> str:
        NextDoor.work.append(next(iter(json.loads(work))))
        self._next += 1
        return await self._workers[self._next % 2].do(work)

    async def close(self) -> None:
        for worker in self._workers:
            await worker.close()


def open_next_door(settings: Settings, *, opener: str, recipe: str, concurrency: int) -> NextDoor:
    return NextDoor(opener, recipe)


class Closing(HashEmbedder):
    """Fails at one text, and says when it is closed."""

    closed = 0

    async def embed(self, texts: Sequence[str], role: str = "document") -> "object":  # type: ignore[override]
        if any("poison" in text for text in texts):
            raise ModelError("the embedder answered 503", hint="Try again.")
        return await super().embed(texts, "document")

    async def close(self) -> None:
        Closing.closed += 1


if "next-door" not in EXECUTORS:
    EXECUTORS.register("next-door")(open_next_door)
    EMBEDDERS.register("closing")(lambda model, settings: Closing(64))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rag").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "llmops.toml").write_text('[vectors]\nkind = "exact"\n')
    (tmp_path / "rag/docs.yaml").write_text(RAG)
    for n in range(70):
        text = f"---\nlang: de\n---\n# T{n}\n\nfirst text {n}\n\n## U{n}\n\nsecond text {n}"
        (tmp_path / f"docs/{n:02d}.md").write_text(text)
    (tmp_path / "docs/torn.csv").write_bytes(b"a,b\n\x80\n")
    (tmp_path / "docs/page.html").write_text("<h1>C</h1><p>fourth</p>")
    NextDoor.work.clear()
    NextDoor.recipe.clear()
    return tmp_path


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


def opened(root: Path, name: str) -> Workspace:
    """The workspace on a store and vectors of that name."""
    return llmops.open(root, store__url=f"sqlite:///{name}.db", vectors__path=name)


def library(ws: Workspace, name: str) -> Library:
    return Library(ws.root, ws.store, vectors_path=name)


def plain(report: SyncReport) -> dict[str, object]:
    return report.model_dump(exclude={"seconds"})


def test_the_index_is_that_of_this_process(root: Path) -> None:
    with opened(root, "here") as here, opened(root, "away") as away:
        reports = [here.index("docs").sync(), away.index("docs").sync(executor="next-door", concurrency=3)]
        assert plain(reports[0]) == plain(reports[1])
        assert [failure.key for failure in reports[1].failed] == ["docs/torn.csv"]
        assert sorted(set(NextDoor.work)) == ["readings", "texts"]
        assert library(here, "here").holds() == library(away, "away").holds()
        done = len(NextDoor.work)
        assert away.index("docs").sync(executor="next-door").unchanged == 72
        assert len(NextDoor.work) == done


def test_workers_open_no_store(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from llmops.storage import store

    with opened(root, "away") as away:
        assert away.store.corpus.generations("docs") == []  # it is open by now
        monkeypatch.setattr(store, "open_store", None)
        assert away.index("docs").sync(executor="next-door").documents == 72


def test_an_embedder_that_fails_away_is_the_error_that_it_is_here(root: Path) -> None:
    (root / "rag/docs.yaml").write_text(RAG.replace("offline/hash-64", "closing/hash"))
    (root / "docs/69.md").write_text("poison")
    Closing.closed = 0
    told = []
    with opened(root, "here") as here, opened(root, "away") as away:
        for ws, executor in ((here, "local"), (away, "next-door")):
            with pytest.raises(ModelError, match="the embedder answered 503") as failed:
                ws.index("docs").sync(executor=executor)
            told.append((failed.value.message, failed.value.hint, failed.value.exit_code))
        assert told[0] == told[1]
        assert Closing.closed == 2  # both workers'
        (root / "docs/69.md").write_text("good")
        assert [ws.index("docs").sync().documents for ws in (here, away)] == [72, 72]
        assert library(here, "here").holds()["vectors"] == library(away, "away").holds()["vectors"]


def test_a_model_behind_a_server_is_asked_by_this_process(root: Path, server: ModelServer) -> None:
    (root / "rag/docs.yaml").write_text(RAG.replace("offline/hash-64", "house/e"))
    toml = root / "llmops.toml"
    toml.write_text(toml.read_text() + f'[connections.house]\napi_base = "{server.api_base}"\n')
    server.script(Behaviour(), Behaviour(status=429, headers={"retry-after-ms": "20"}))
    with opened(root, "away") as away:
        report = away.index("docs").sync(executor="next-door", concurrency=4)
    assert (report.documents, report.embedded) == (72, 141)
    assert set(NextDoor.work) == {"readings"}
    texts = [text for request in server.requests[1:] for text in request.body["input"]]
    assert len(set(texts)) == 141


def test_a_worker_that_would_make_something_else_ends_the_sync(root: Path) -> None:
    NextDoor.recipe.update({"version": "0.0.1"})
    with opened(root, "away") as away:
        with pytest.raises(InputError, match=r"a worker on .* runs llmops .*, the sync with 0\.0\.1") as refused:
            away.index("docs").sync(executor="next-door")
        assert "Install the same version on all machines; see docs/executors.md" in refused.value.hint
        assert away.index("docs").sync().documents == 72


def test_an_unknown_executor_is_refused_before_anything_is_done(root: Path) -> None:
    with opened(root, "away") as away:
        with pytest.raises(NotFound, match="there is no executor called 'rey'") as unknown:
            away.index("docs").sync(executor="rey")
        assert unknown.value.hint == "Did you mean 'ray'?"
        assert away.store.corpus.generations("docs") == []
