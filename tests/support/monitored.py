"""A workspace with a monitor, and traffic for it."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from llmops.core.hashing import Json
from llmops.core.names import parse_ref
from llmops.domain.interaction import Interaction, Usage
from llmops.flows.watching.evaluate import Evaluation, evaluate
from llmops.workspace.workspace import Workspace
from tests.support.interactions import interaction

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 10, tzinfo=UTC)
LATE = datetime(2026, 3, 5, tzinfo=UTC)
"""When the reference is over."""
MONITOR = """\
target: {app: docs}
signals: [latency, errors, length]
segments: [metadata.lang]
reference: {until: 2026-03-05 00:00}
false_alarms: {mean_run_length: 10000}
"""


def write_monitor(root: Path, text: str = MONITOR, name: str = "docs") -> None:
    """Write the file of a monitor."""
    (root / "monitors").mkdir(exist_ok=True)
    (root / "monitors" / f"{name}.yaml").write_text(text, encoding="utf-8")


def traffic(
    count: int, *, since: datetime = START, first: int = 0, slow: float = 0.0, **fields: Json
) -> Iterator[Interaction]:
    """Interactions, one a minute."""
    draw = random.Random(first + 1)
    for n in range(first, first + count):
        at = since + timedelta(minutes=n - first)
        known: dict[str, Json] = {
            "at": at,
            "usage": Usage(latency=draw.lognormvariate(slow, 0.5)),
            "output": "word " * draw.randint(5, 50),
            "metadata": {"lang": draw.choice(["de", "en"])},
        }
        yield interaction(n, **{**known, **fields})


def evaluated(ws: Workspace, name: str = "docs", *, now: datetime = NOW, begin_anew: bool = False) -> Evaluation:
    """Evaluate a monitor."""
    return evaluate(ws.services, parse_ref(name, "monitor"), now=now, begin_anew=begin_anew)


def states(done: Evaluation) -> dict[str, str]:
    """The state of every stream by signal and segment; `!` marks those that rollbacks rest on."""
    return {
        f"{s.signal}{f' {s.segment}' if s.segment else ''}{'!' if s.promise == 'pfa' else ''}": s.state
        for s in done.statuses
    }
