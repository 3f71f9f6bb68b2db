"""The proxy of litellm, really started, behind a policy; skipped where `pip install "litellm[proxy]"` was not done."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.core.hashing import Json
from tests.support.model_server import Behaviour, ModelServer, model_server

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]
for needed in ("openai", "apscheduler", "fastapi", "backoff"):
    pytest.importorskip(needed, reason="litellm's proxy is not installed")

GUARD = """
from llmops.guard.policy import Policy
from llmops.integrations.litellm_callback import litellm_callback

CHECKS = [{"pii": {"action": "redact"}}, {"phrases": {"phrases": ["launch codes"], "action": "block"}}]
callback = litellm_callback(Policy.from_mapping({"input": CHECKS, "output": CHECKS, "block_message": "Not that."}))
"""
CONFIG = """
model_list:
  - model_name: m
    litellm_params: {{model: openai/m, api_base: "{api_base}", api_key: none, max_retries: 0}}
litellm_settings: {{callbacks: guard.callback, num_retries: 0}}
"""
PATIENCE = 120.0


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture(scope="module")
def proxy(server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("proxy")
    (folder / "guard.py").write_text(GUARD)
    (folder / "config.yaml").write_text(CONFIG.format(api_base=server.api_base))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    run = f"import sys; sys.argv = ['litellm', '--config', 'config.yaml', '--host', '127.0.0.1', '--port', '{port}']; "
    run += "from litellm.proxy.proxy_cli import run_server; run_server()"
    environment = {
        **os.environ,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
    }
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-c", run], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health/liveliness", child, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(PATIENCE)


def _wait_for(url: str, child: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    said = log.read_text(errors="replace")
    if "ImportError" in said or "ModuleNotFoundError" in said:
        pytest.skip("litellm's proxy is not installed as a whole")
    pytest.fail(f"litellm's proxy does not start: {said[-2000:]}")


def ask(proxy: str, message: str, **more: Json) -> tuple[int, str]:
    """Status and body of an answer to a question."""
    body = {"model": "m", "messages": [{"role": "user", "content": message}], **more}
    request = urllib.request.Request(
        f"{proxy}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def shown(events: str) -> str:
    """The text of streamed events."""
    found = [json.loads(line[6:]) for line in events.splitlines() if line.startswith("data: {")]
    return "".join(choice["delta"].get("content") or "" for event in found for choice in event.get("choices", ()))


def test_requests_and_answers_pass_redacted(proxy: str, server: ModelServer) -> None:
    server.script(Behaviour(text="Write to jane@example.org."))
    status, body = ask(proxy, "I am bob@example.com")
    assert status == 200, body
    assert json.loads(body)["choices"][0]["message"]["content"] == "Write to [EMAIL]."
    assert server.requests[-1].body["messages"] == [{"role": "user", "content": "I am [EMAIL]"}]


def test_what_is_blocked_never_reaches_the_model_and_is_400(proxy: str, server: ModelServer) -> None:
    asked = len(server.requests)
    status, body = ask(proxy, "The launch codes!")
    assert (status, len(server.requests)) == (400, asked)
    assert "Not that." in body
    server.script(Behaviour(text="The launch codes are 1234."))
    status, body = ask(proxy, "Hi")
    assert status == 400
    assert "1234" not in body


def test_streams_are_held_back_and_stopped(proxy: str, server: ModelServer) -> None:
    server.script(Behaviour(text="Write to jane@example.org now."))
    status, body = ask(proxy, "Hi", stream=True)
    assert (status, shown(body)) == (200, "Write to [EMAIL] now.")
    server.script(Behaviour(text="It is easy. The launch codes are 1234."))
    status, body = ask(proxy, "Hi", stream=True)
    assert shown(body) == "It is easy. The "
    assert "1234" not in body
    assert "Not that." in body
