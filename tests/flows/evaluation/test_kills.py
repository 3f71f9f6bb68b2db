"""`kill -9` in the middle of runs, again and again: no answer is asked twice beyond those under way, and none is lost."""

import json
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.model_server import Behaviour, ModelServer, model_server
from tests.support.model_suites import model_suite, start_llmops
from tests.support.workspaces import llmops

CASES, CONCURRENCY, KILLS = 100, 4, 2


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        running.behaviour = Behaviour(delay=0.01)
        yield running


def kill_after(server: ModelServer, requests: int, root: Path, *arguments: str) -> None:
    child = start_llmops(root, "eval", *arguments, "--concurrency", str(CONCURRENCY))
    deadline = time.monotonic() + 60
    while len(server.requests) < requests and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)  # waits for the child, not for a clock
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_ends_as_if_it_had_not_been(
    server: ModelServer, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = model_suite(tmp_path / "w", server.api_base, CASES, extra="gates:\n  - {scorer: contains, min: 0.5}\n")
    monkeypatch.setenv("LLMOPS_STORE_URL", store_url)
    draw = random.Random(20261127)
    kill_after(server, draw.randint(1, 40), root, "slow")
    (run,) = json.loads(llmops("runs", "list", "--json", cwd=root).out)
    assert run["status"] == "running"
    for _ in range(1, KILLS):
        kill_after(server, len(server.requests) + draw.randint(1, 40), root, "--resume", run["id"])
    said = llmops("eval", "--resume", run["id"], "--json", cwd=root)
    assert said.code == 0
    (report,) = json.loads(said.out)
    assert (report["run_id"], report["cases"], report["errors"]) == (run["id"], CASES, 0)
    assert report["complete"]
    assert len(server.requests) <= CASES + KILLS * CONCURRENCY
    assert llmops("db", "check", cwd=root).code == 0
    again = json.loads(llmops("eval", "slow", "--json", cwd=root).out)[0]
    for part in ("scores", "decisions", "tokens", "cost", "clusters", "repeats"):
        assert report[part] == again[part]
    assert len(json.loads(llmops("runs", "list", "--json", cwd=root).out)) == 2


@pytest.mark.slow
def test_bets_that_are_killed_again_and_again_are_those_of_a_run_that_was_not(
    server: ModelServer, tmp_path: Path
) -> None:
    """Not only no answer is asked twice: the capital, which depends on the order of cases, is the same to the last digit."""
    gates = "gates:\n  - {scorer: contains, min: 0.9}\n  - {latency_p95: 60}\n"
    root = model_suite(tmp_path / "w", server.api_base, CASES, extra=gates)
    draw = random.Random(20261128)
    kill_after(server, draw.randint(1, 15), root, "slow", "--until-decided")
    (run,) = json.loads(llmops("runs", "list", "--json", cwd=root).out)
    kill_after(server, len(server.requests) + draw.randint(1, 15), root, "--resume", run["id"])
    said = llmops("eval", "slow", "--until-decided", "--json", cwd=root)  # the same question again goes on, too
    (report,) = json.loads(said.out)
    assert (said.code, report["run_id"], report["betting"]["decided"]) == (0, run["id"], True)
    assert len(server.requests) <= report["cases"] + 2 * CONCURRENCY
    assert llmops("db", "check", cwd=root).code == 0
    (again,) = json.loads(llmops("eval", "slow", "--until-decided", "--no-cache", "--json", cwd=root).out)
    assert again["run_id"] != run["id"]
    for under_way in ("answers", "baseline_answers"):
        del report["betting"][under_way], again["betting"][under_way]
    assert report["betting"] == again["betting"]
    assert [one["outcome"] for one in report["decisions"]] == [one["outcome"] for one in again["decisions"]]


def test_two_processes_do_not_carry_out_one_run(server: ModelServer, tmp_path: Path) -> None:
    root = model_suite(tmp_path / "w", server.api_base, CASES)
    server.behaviour = Behaviour(delay=0.05)
    child = start_llmops(root, "eval", "slow", "--concurrency", "1")
    try:
        deadline = time.monotonic() + 60
        while not server.requests and time.monotonic() < deadline:
            time.sleep(0.005)  # waits for the child, not for a clock
        (run,) = json.loads(llmops("runs", "list", "--json", cwd=root).out)
        refused = llmops("eval", "--resume", run["id"], cwd=root)
        assert refused.code == 1
        assert f"run '{run['id']}' is being carried out by process {child.pid} on " in refused.err
    finally:
        child.send_signal(signal.SIGINT)
        said = child.communicate(timeout=60)[1]
    assert child.returncode == 130
    assert f"Go on with: llmops eval --resume {run['id']}" in said
    assert llmops("eval", "--resume", run["id"], cwd=root).code == 0
