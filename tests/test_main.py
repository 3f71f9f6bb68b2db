"""The door: exit codes, messages, interruption."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.model_server import Behaviour, model_server
from tests.support.model_suites import model_suite
from tests.support.workspaces import llmops


def test_an_expected_failure_is_a_message_and_never_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").write_text("[stroe]\n")
    said = llmops("list", cwd=tmp_path)
    assert said.code == 2
    assert "llmops.toml:1: unknown key 'stroe'" in said.err
    assert "Did you mean 'store'?" in said.err
    assert "Traceback" not in said.err


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "llmops", "--version"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.startswith("llmops ")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_evaluation_keeps_what_is_done(tmp_path: Path, how: signal.Signals) -> None:
    with model_server() as server:
        server.behaviour = Behaviour(delay=0.05)
        root = model_suite(tmp_path / "w", server.api_base, 200)
        child = subprocess.Popen(
            [sys.executable, "-m", "llmops", "eval", "slow", "--concurrency", "2"],
            cwd=root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "NO_COLOR": "1"},
        )
        deadline = time.monotonic() + 30
        while len(server.requests) < 20 and time.monotonic() < deadline:
            time.sleep(0.02)  # waits for the child, not for a clock
        child.send_signal(how)
        child.communicate(timeout=30)
        assert child.returncode == (130 if how == signal.SIGINT else -9)
        runs = json.loads(llmops("runs", "list", "--json", cwd=root).out)
        assert runs[0]["status"] == ("interrupted" if how == signal.SIGINT else "running")
        asked = len(server.requests)
        assert llmops("eval", "slow", "--concurrency", "50", cwd=root).code == 0
        again = len(server.requests) - asked
    assert again <= 200 - (asked - 10)  # finished calls came from the reply cache; those under way were asked again
    assert llmops("db", "check", cwd=root).code == 0


def test_two_evaluations_at_once_lose_nothing(tmp_path: Path) -> None:
    with model_server() as server:
        root = model_suite(tmp_path / "w", server.api_base, 100)
        command = [sys.executable, "-m", "llmops", "eval", "slow", "--json"]
        both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
        reports = [json.loads(child.communicate(timeout=60)[0])[0] for child in both]
    assert [report["cases"] for report in reports] == [100, 100]
    assert [report["errors"] for report in reports] == [0, 0]
    assert len(json.loads(llmops("runs", "list", "--json", cwd=root).out)) == 2


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/hello.md").write_text("Hello.\n")
    (tmp_path / ".llmops").write_text("a file where the folder should be")
    said = llmops("register", cwd=tmp_path)
    assert said.code == 3
    assert ".llmops" in said.err
    assert "Traceback" not in said.err
