"""A Chroma server keeps the promises of a vector store, and one that is gone is an error within its time-out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.backends.chroma_server import ChromaServer, collection_name, open_shelf
from llmops.core.errors import ExtraMissing, SettingsError, VectorStoreDown, VectorStoreError
from llmops.core.settings import load_settings
from llmops.domain.ports import VectorShelf, VectorStore
from llmops.testing.conformance import DIMENSION, VectorStoreConformance, unit_vectors
from tests.support.chroma_server import RunningChroma, running_chroma


@pytest.fixture(scope="module")
def server() -> Iterator[RunningChroma]:
    with running_chroma() as running:
        yield running


class TestChromaServer(VectorStoreConformance):
    @pytest.fixture(autouse=True)
    def _use(self, server: RunningChroma) -> None:
        self.url = server.url

    def open(self, path: Path, name: str = "g1", dimension: int = DIMENSION) -> VectorStore:
        return ChromaServer(self.url).open(f"{path.name}/{name}" if name else name, dimension)

    def elsewhere(self, path: Path) -> str:
        return f"""
from llmops.backends.chroma_server import ChromaServer
store = ChromaServer({self.url!r}).open({f"{path.name}/g1"!r}, {DIMENSION})"""


def test_discarding_leaves_an_empty_store(server: RunningChroma) -> None:
    shelf = ChromaServer(server.url)
    assert isinstance(shelf, VectorShelf)
    store = shelf.open("discarded", DIMENSION)
    store.upsert(["a"], unit_vectors(1))
    store.close()
    shelf.discard("discarded")
    shelf.discard("discarded")
    store = shelf.open("discarded", DIMENSION)
    assert store.count() == 0
    store.close()
    shelf.stamp("discarded", "mark")
    assert shelf.doubt("discarded", "other") == ""


def test_names_of_collections_are_readable_and_never_alike() -> None:
    names = [collection_name(name) for name in ("team/docs/3f2a", "team-docs/3f2a", "x" * 200)]
    assert names[0].startswith("team-docs-3f2a-")
    assert len({*names}) == 3
    assert max(map(len, names)) < 100


def test_a_server_that_is_gone_says_how_to_start_one() -> None:
    with running_chroma() as running:
        shelf = ChromaServer(running.url, timeout=5)
        store = shelf.open("g", DIMENSION)
        running.stop()
        with pytest.raises(
            VectorStoreDown, match=rf"(?s)cannot be read: .*chroma run --path DIR --port {running.port}"
        ):
            store.count()
        with pytest.raises(VectorStoreDown, match=r"(?s)cannot be opened: .*What was built is still searched"):
            shelf.open("g", DIMENSION)
        with pytest.raises(VectorStoreDown, match=r"(?s)cannot be removed: .*Is it running"):
            shelf.discard("g")
        with pytest.raises(VectorStoreDown, match=r"(?s)does not answer: .*chroma run --path DIR"):
            shelf.examine()
        store.close()
        running.start()
        again = shelf.open("g", DIMENSION)
        assert again.count() == 0
        again.close()
        assert re.match(rf"Chroma \d+\.\d+.*, the Chroma server at {running.url}$", shelf.examine())


def test_a_server_that_hangs_is_given_up(server: RunningChroma) -> None:
    store = ChromaServer(server.url, timeout=3).open("g", DIMENSION)  # which a busy machine keeps as well
    with server.frozen():
        with pytest.raises(VectorStoreDown, match=r"timed out|within 0\.3 s"):
            ChromaServer(server.url, timeout=0.3).open("h", DIMENSION)
        with pytest.raises(VectorStoreError, match=r"timed out|within 3 s"):
            store.count()


def settings(tmp_path: Path, text: str) -> ChromaServer:
    (tmp_path / "llmops.toml").write_text(text)
    return open_shelf(load_settings(tmp_path, {}))


def test_the_address_comes_from_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = settings(tmp_path, '[vectors]\nkind = "chroma-server"\nurl = "http://127.0.0.1:8000/"\ntimeout = "3s"\n')
    assert (one.url, one.timeout, one.headers) == ("http://127.0.0.1:8000", 3, {})
    monkeypatch.setenv("CHROMA_KEY", "secret")
    text = '[vectors]\nkind = "chroma-server"\nconnection = "vectors"\n[connections.vectors]\nkey_env = "CHROMA_KEY"\n'
    other = settings(tmp_path, text + 'url = "https://vectors.example.com"\ntimeout = "9s"\n')
    assert (other.url, other.timeout, dict(other.headers)) == (
        "https://vectors.example.com",
        9,
        {"Authorization": "Bearer secret"},
    )
    assert "secret" not in repr(other)
    monkeypatch.delenv("CHROMA_KEY")
    with pytest.raises(
        SettingsError, match=r"(?s)CHROMA_KEY, the key of the Chroma server, is not set.*export CHROMA_KEY"
    ):
        settings(tmp_path, text + 'url = "https://vectors.example.com"\n')


def test_an_address_that_is_none_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"(?s)has no address: ''.*\[vectors\] url ="):
        settings(tmp_path, '[vectors]\nkind = "chroma-server"\n')
    with pytest.raises(SettingsError, match=r"has no address: 'file:///etc'"):
        settings(tmp_path, '[vectors]\nurl = "file:///etc"\n')
    with pytest.raises(SettingsError, match=r"(?s)there is no such connection.*\[connections\.lost\]"):
        settings(tmp_path, '[vectors]\nconnection = "lost"\n')
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r'"chroma-server" needs chromadb'):
        settings(tmp_path, '[vectors]\nurl = "http://127.0.0.1:1"\n')
