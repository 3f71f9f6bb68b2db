"""Ray: the same report as here, on a cluster of two nodes, also when a worker is killed in the middle."""

import importlib.util
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmops.backends import ray_workers
from llmops.backends.ray_workers import open_workers
from llmops.core.errors import ExtraMissing, OutsideError
from llmops.core.settings import load_settings
from llmops.storage.store import open_store
from tests.support import house_plugin
from tests.support.indexes import Library
from tests.support.model_server import Behaviour, ModelServer, model_server
from tests.support.model_suites import asked_texts, model_suite, start_llmops
from tests.support.ray_cluster import RayCluster, ray_cluster
from tests.support.workspaces import llmops

has_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason='Ray is not installed: "llmops[ray]"')
CASES = 60


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PYTHONPATH with a package of one's own."""
    return house_plugin.install(tmp_path_factory.mktemp("house") / "packages")


@pytest.fixture(scope="module")
def cluster(path: str) -> Iterator[RayCluster]:
    with ray_cluster(PYTHONPATH=path) as running:
        yield running


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture
def root(server: ModelServer, tmp_path: Path) -> Path:
    return model_suite(tmp_path / "w", server.api_base, CASES, extra="gates:\n  - {scorer: contains, min: 0.5}\n")


def test_without_ray_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match="--executor ray needs ray, which is not installed") as missing:
        open_workers(load_settings(tmp_path, {}), opener="", recipe="", concurrency=1)
    assert missing.value.hint == 'pip install "llmops[ray]"'


@has_ray
@pytest.mark.slow
def test_two_nodes_give_the_report_of_one_process(cluster: RayCluster, server: ModelServer, root: Path) -> None:
    child = start_llmops(root, "eval", "slow", "--executor", "ray", "--json", RAY_ADDRESS=cluster.address)
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    (spread,) = json.loads(out)
    assert sorted(asked_texts(server.requests)) == sorted(f"q{i}" for i in range(CASES))
    (here,) = json.loads(llmops("eval", "slow", "--json", cwd=root).out)
    assert len(server.requests) == CASES  # the workers put their replies into the cache
    for part in ("refs", "scores", "decisions", "cases", "tokens", "cost", "errors", "clusters", "latency"):
        assert spread[part] == here[part]


@has_ray
@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing_and_costs_only_what_was_under_way(
    cluster: RayCluster, server: ModelServer, root: Path
) -> None:
    server.behaviour = Behaviour(delay=0.05)
    words = ["eval", "slow", "--executor", "ray", "--concurrency", "4", "--json"]
    child = start_llmops(root, *words, RAY_ADDRESS=cluster.address)
    deadline, killed = time.monotonic() + 90, 0
    while child.poll() is None and time.monotonic() < deadline and killed < 2:
        if len(server.requests) > 15 * (killed + 1) and cluster.kill_host():
            killed += 1
        time.sleep(0.02)  # waits for the child, not for a clock
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    assert killed == 2
    (report,) = json.loads(out)
    assert (report["cases"], report["errors"], report["outcome"]) == (CASES, 0, "pass")
    assert CASES <= len(server.requests) <= CASES + killed * 4


@has_ray
@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_exit_code_3(root: Path, server: ModelServer) -> None:
    child = start_llmops(root, "eval", "slow", "--executor", "ray", RAY_ADDRESS="127.0.0.1:1")
    _, err = child.communicate(timeout=120)
    assert child.returncode == 3
    assert "no Ray cluster at 127.0.0.1:1" in " ".join(err.split())
    assert "[connections.ray] url" in err
    assert server.requests == []


RAG = """
sources:
  - files: docs/*
chunking: {method: stanzas, size: 64, overlap: 2, context: title}
embedding: house/hash
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A workspace with documents, some of which cannot be read, that are cut and embedded by a package of one's own."""
    for folder in ("rag", "docs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "llmops.toml").write_text('[vectors]\nkind = "exact"\n')
    (tmp_path / "rag/docs.yaml").write_text(RAG)
    for n in range(150):
        stanzas = [f"---\nlang: de\n---\n# T{n}", *(f"stanza {n % 7} of document {n} {m}" for m in range(6)), "the end"]
        (tmp_path / f"docs/{n:03d}.md").write_text("\n\n".join(stanzas))
    (tmp_path / "docs/torn.csv").write_bytes(b"a,b\n\x80\n")
    (tmp_path / "docs/page.html").write_text("<h1>C</h1><p>fourth</p><p>fifth</p>")
    return tmp_path


def start_sync(root: Path, name: str, path: str, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """Start a sync on the store and the vectors of that name."""
    told = {"LLMOPS_STORE_URL": f"sqlite:///{name}.db", "LLMOPS_VECTORS_PATH": name, "PYTHONPATH": path}
    return start_llmops(root, "index", "sync", "docs", "--json", *arguments, **told, **environment)


def report_of(child: "subprocess.Popen[str]") -> dict[str, object]:
    """The report of a sync that went well but for the document that cannot be read."""
    out, err = child.communicate(timeout=240)
    assert child.returncode == 1, err
    report: dict[str, object] = json.loads(out)
    return report


def wait_until(holds: Callable[[], object], child: "subprocess.Popen[str] | None" = None) -> None:
    """Wait for what a child is to bring about."""
    deadline = time.monotonic() + 240
    while not holds():
        assert child is None or child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)  # waits for the child, not for a clock


def held(root: Path, name: str) -> dict[str, object]:
    """What an index holds."""
    store = open_store(f"sqlite:///{name}.db", root=root)
    try:
        return Library(root, store, vectors_path=name).holds()
    finally:
        store.close()


@has_ray
@pytest.mark.slow
def test_an_index_that_workers_make_is_that_of_one_process_also_when_one_is_killed(
    cluster: RayCluster, shelf: Path, path: str
) -> None:
    (shelf / "hold").touch()
    away = start_sync(shelf, "away", path, "--executor", "ray", RAY_ADDRESS=cluster.address)
    wait_until(lambda: len(house_plugin.embedded(shelf)[1]) == 2, away)  # both have begun to embed a batch
    os.kill(min(house_plugin.embedded(shelf)[1]), signal.SIGKILL)
    (shelf / "hold").unlink()
    spread = report_of(away)
    given, by_process = house_plugin.embedded(shelf)
    assert away.pid not in by_process
    assert sum(times > 1 for times in given.values()) <= 128  # one batch
    assert max(given.values()) <= 2
    (shelf / "embedded.log").unlink()
    here = report_of(start_sync(shelf, "here", path))
    for report in (spread, here):
        report.pop("seconds")
    assert spread == here
    assert set(house_plugin.embedded(shelf)[0]) == set(given)
    assert held(shelf, "away") == held(shelf, "here")


@has_ray
@pytest.mark.slow
def test_a_sync_on_ray_that_is_killed_and_then_interrupted_is_finished_by_one_process(
    cluster: RayCluster, shelf: Path, path: str
) -> None:
    (shelf / "hold").touch()
    words = ("--executor", "ray", "--concurrency", "2")
    killed = start_sync(shelf, "away", path, *words, RAY_ADDRESS=cluster.address)
    wait_until(lambda: len(house_plugin.embedded(shelf)[1]) == 2, killed)
    killed.kill()
    killed.communicate()
    first = set(house_plugin.embedded(shelf)[1])
    interrupted = start_sync(shelf, "away", path, *words, RAY_ADDRESS=cluster.address)
    wait_until(lambda: len(set(house_plugin.embedded(shelf)[1]) - first) == 2, interrupted)
    interrupted.send_signal(signal.SIGINT)
    _, err = interrupted.communicate(timeout=240)
    assert interrupted.returncode == 130, err
    wait_until(lambda: not cluster.hosts())  # nobody works on for those who are gone
    (shelf / "hold").unlink()
    finished = report_of(start_sync(shelf, "away", path))
    assert (finished["documents"], finished["rebuilt"]) == (152, "")
    report_of(start_sync(shelf, "here", path))
    assert held(shelf, "away") == held(shelf, "here")


@has_ray
def test_a_cluster_of_other_versions_is_told_with_both() -> None:
    from ray._private.utils import check_version_info

    other = {"ray_version": "2.0.0", "python_version": "3.8.1"}
    with pytest.raises(RuntimeError, match="Version mismatch") as refused:
        check_version_info(other, "node 10.0.0.7")
    told = ray_workers.refusal("10.0.0.7:6379", refused.value)
    assert isinstance(told, OutsideError)
    assert "the Ray cluster at 10.0.0.7:6379 runs Ray: 2.0.0, Python: 3.8.1, this process Ray: " in told.message
    assert "both have to be the same" in told.hint
