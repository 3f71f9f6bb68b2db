"""A workspace whose suite asks a model server: a prompt that passes the question on, and as many cases as wanted."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from llmops.domain.ports import Progress


def model_suite(root: Path, api_base: str, cases: int, *, extra: str = "", connection: str = "") -> Path:
    """Write the workspace with the suite `slow`, which asks `slow/m`; `extra` are more lines of the suite."""
    for folder in ("prompts", "evals/data"):
        (root / folder).mkdir(parents=True)
    (root / "llmops.toml").write_text(f'[connections.slow]\napi_base = "{api_base}"\n{connection}')
    (root / "prompts/ask.md").write_text("---\ninputs:\n  question: string\n---\n{{ question }}\n")
    (root / "evals/slow.yaml").write_text(
        f"target: {{prompt: ask, model: slow/m}}\ndataset: evals/data/slow.jsonl\nscorers: [contains]\n{extra}"
    )
    rows = [{"id": f"c{i}", "inputs": {"question": f"q{i}"}, "expectations": {"answer": "q"}} for i in range(cases)]
    (root / "evals/data/slow.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return root


def start_llmops(root: Path, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """Start the command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "llmops", *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )


def asked_texts(requests: Sequence[object]) -> list[str]:
    """The questions of the requests that a model server received, in order."""
    return [request.body["messages"][-1]["content"] for request in requests]  # type: ignore[attr-defined]


def interrupt_after(results: int) -> Progress:
    """A progress that cancels the run once so many results are there, as Ctrl-C does."""

    def progress(done: int, total: int | None, what: str) -> None:
        if what == "cases" and done >= results:
            raise asyncio.CancelledError

    return progress
