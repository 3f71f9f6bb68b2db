"""Suites on a model server that stop when they are decided."""

from pathlib import Path

import llmops
from llmops.core.hashing import Json
from llmops.domain.report import Report
from llmops.flows.evaluation.options import EvalOptions
from llmops.workspace.workspace import Workspace
from tests.support.model_server import ModelServer
from tests.support.model_suites import model_suite

CASES = 150
MIN = "  - {scorer: contains, min: 0.5}\n"
RELATIVE = "  - {scorer: contains, no_worse_than: production, margin: 0.05}\n"
RIGHT = "{{ question }}"
WRONG = "{{ question | replace('q', 'x') }}"  # the suite wants a q


def opened(server: ModelServer, root: Path, gates: str = MIN, *, config: str = "") -> Workspace:
    """A workspace with a suite of these gates; `config` are more lines of `llmops.toml`."""
    extra = f"gates:\n{gates}" if gates else ""
    return llmops.open(model_suite(root / "w", server.api_base, CASES, extra=extra, connection=config))


def versions(ws: Workspace, *bodies: str) -> None:
    """Register these prompts one after the other; production holds the first."""
    for number, body in enumerate(bodies, start=1):
        (ws.root / "prompts/ask.md").write_text(f"---\ninputs:\n  question: string\n---\n{body}\n")
        ws.register(message=f"version {number}")
        if number == 1:
            ws.promote("prompt/ask@1", to="production", force=True, reason="somebody must be the first")


def decide(ws: Workspace, **options: Json) -> Report:
    """Evaluate the suite until it is decided."""
    return ws.evaluate("slow", EvalOptions(**{"until_decided": True, "concurrency": 3, **options}))


def bets(report: Report) -> Json:
    """A report's bets without what was under way at the end."""
    assert report.betting is not None
    return report.betting.model_dump(exclude={"answers", "baseline_answers"})
