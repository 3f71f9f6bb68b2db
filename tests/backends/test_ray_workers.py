"""Ray: the same report as here, on a cluster of two nodes, also when a worker is killed in the middle."""

import importlib.util
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.backends.ray_workers import open_workers
from llmops.core.errors import ExtraMissing
from llmops.core.settings import load_settings
from tests.support.model_server import Behaviour, ModelServer, model_server
from tests.support.model_suites import asked_texts, model_suite, start_llmops
from tests.support.ray_cluster import RayCluster, ray_cluster
from tests.support.workspaces import llmops

has_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason='Ray is not installed: "llmops[ray]"')
CASES = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    with ray_cluster(PYTHONPATH=os.environ.get("PYTHONPATH", "")) as running:
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
