"""Measure what a program pays for a prompt and an app: opening, looking up, rendering, and asking beside a dead store.

    python benchmarks/workspace.py [--times 200] [--versions 20]

Everything runs in one warm process. A cold look-up opens the workspace anew each time: settings, SQLite, schema check, alias,
versions, template. The prompt that is rendered is a chat prompt of 2 kB with three inputs and five contexts.
"""

import argparse
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from support.measure import show

import llmops
from llmops.core.hashing import Json
from llmops.domain.artifact import Actor
from llmops.workspace.workspace import Workspace

ACTOR = Actor(name="benchmark", source="argument")
RULE = "Answer from the excerpts alone, name the excerpt behind each sentence, and say so when they hold no answer. "
BODY = (
    "---\ninputs: {question: string, tone: string, product: string}\n---\n"
    "system:\nYou answer for {{ product }} in a {{ tone }} tone.\n"
    + RULE * 15
    + "\nuser:\n{% for c in contexts %}\n[{{ c.number }}] {{ c.text }}\n{% endfor %}\nQuestion: {{ question }}\n"
)
VALUES: dict[str, Json] = {
    "question": "How do I undo a promotion?",
    "tone": "friendly",
    "product": "llmops",
    "contexts": [{"number": number, "text": "An alias can be rolled back. " * 3} for number in range(1, 6)],
}


def write(root: Path, number: int) -> None:
    """Write one version of the prompt and of an app that needs no index."""
    for name, text in (
        ("prompts/answer.md", BODY + f"\n{{# version {number} #}}\n"),
        ("prompts/say.md", f"Version {number} says {{{{ question }}}}\n"),
        ("apps/say.yaml", "prompt: say\nmodel: offline/echo\n"),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def fill(root: Path, versions: int) -> None:
    """Register versions and point production at the last."""
    with llmops.open(root) as ws:
        for number in range(versions):
            write(root, number)
            ws.register()
        for kind, name in (("prompt", "answer"), ("app", "say")):
            target = ws.store.versions.latest(kind, name)  # type: ignore[arg-type]
            assert target is not None
            ws.store.aliases.move(target, "production", expected=None, actor=ACTOR, reason="", now=datetime.now(UTC))


@dataclass(frozen=True)
class Timed:
    """Seconds of each of many calls, in order of size, and the CPU seconds of one call on average."""

    wall: list[float]
    cpu: float


def timed(times: int, call: Callable[[], object]) -> Timed:
    """Time so many calls, after one that warms up."""
    call()
    wall, before = [], time.process_time()
    for _ in range(times):
        began = time.perf_counter()
        call()
        wall.append(time.perf_counter() - began)
    return Timed(sorted(wall), (time.process_time() - before) / times)


def row(what: str, taken: Timed, unit: str, aim: str) -> tuple[str, str, str]:
    """Median and 95th percentile in a unit, and the CPU time, for the table."""
    factor = {"ms": 1e3, "µs": 1e6}[unit]
    middle, late = statistics.median(taken.wall) * factor, taken.wall[int(len(taken.wall) * 0.95)] * factor
    return what, f"{middle:.3g} {unit} (p95 {late:.3g}, CPU {taken.cpu * factor:.3g})", aim


def opened(root: Path) -> None:
    """Open a workspace and read a prompt by alias."""
    with llmops.open(root) as ws:
        ws.prompt("answer@production")


def serving_rows(ws: Workspace, following: Workspace, times: int) -> list[tuple[str, str, str]]:
    """Prompts and apps of an open workspace, within the time to live and beyond it."""
    prompt, app, follower = ws.prompt("answer@production"), ws.app("say@production"), following.app("say@production")
    rendered = sum(len(message.content) for message in prompt.render(**VALUES))
    return [
        row("prompt by alias, cached", timed(times * 20, lambda: ws.prompt("answer@production")), "ms", "<= 1 ms"),
        row("prompt by alias, looked up again", timed(times, lambda: following.prompt("answer@production")), "ms", ""),
        row(
            f"render a chat prompt ({rendered} characters)",
            timed(times * 20, lambda: prompt.render(**VALUES)),
            "µs",
            "<= 50 µs",
        ),
        row("ask offline/echo, alias cached", timed(times, lambda: app.ask("x")), "ms", ""),
        row("ask offline/echo, alias looked up again", timed(times, lambda: follower.ask("x")), "ms", ""),
        row("ask offline/echo, canary by user", timed(times, lambda: app.ask("x", user="u1")), "ms", ""),
    ]


def outage_rows(root: Path, times: int) -> list[tuple[str, str, str]]:
    """The same without a store: in a program that runs, and opening anew."""
    with llmops.open(root, cache__alias_ttl="0s") as ws:
        app = ws.app("say@production")
        os.rename(root / ".llmops" / "store.db", root / ".llmops" / "away.db")
        running = timed(times, lambda: app.ask("x"))
    return [
        row("ask offline/echo, store gone", running, "ms", ""),
        row("open, read a prompt from the last known good", timed(times, lambda: opened(root)), "ms", ""),
    ]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--versions", type=int, default=20)
    asked = parser.parse_args()
    logging.getLogger("llmops.serving").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "llmops.toml").touch()
        fill(root, asked.versions)
        rows = [row("open, read a prompt by alias", timed(asked.times, lambda: opened(root)), "ms", "<= 5 ms")]
        with llmops.open(root) as ws, llmops.open(root, cache__alias_ttl="0s") as following:
            rows += serving_rows(ws, following, asked.times)
        rows += outage_rows(root, asked.times)
    show(f"Serving, {asked.versions} versions on SQLite", rows)


if __name__ == "__main__":
    main()
