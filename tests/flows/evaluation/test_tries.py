"""A report names the runs on the same digests that came before it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.tries import NAMED
from llmops.workspace.workspace import Workspace
from tests.support.deciding import MIN, RIGHT, opened, versions
from tests.support.model_server import ModelServer, model_server

TOLD = "The same digests were evaluated "


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


def evaluated(ws: Workspace, **options: object) -> tuple[str, list[str]]:
    """The id of a new run, and what its report says about those before."""
    report = ws.evaluate("slow", EvalOptions(**options))  # type: ignore[arg-type]
    return report.run_id, [note for note in report.notes if note.startswith(TOLD)]


def test_every_whole_run_before_is_named_with_its_outcome(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, MIN) as ws:
        evaluated(ws, limit=3)
        first, told = evaluated(ws)
        assert told == []
        second, told = evaluated(ws)
        assert told[0].startswith(f"{TOLD}1 time before: {first} (2")
        assert told[0].endswith(", pass). For a promotion the first finished report that counts decides.")
        runs = [first, second, *(evaluated(ws)[0] for _ in range(NAMED - 1))]
        told = evaluated(ws)[1]
        assert f"{len(runs)} times before: {first} (" in told[0]
        assert " and 1 more. " in told[0]
        assert runs[-1] not in told[0]


def test_other_digests_are_no_second_try(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, MIN) as ws:
        versions(ws, RIGHT, "{{ question }}!")
        evaluated(ws, target="prompt/ask@1")
        assert evaluated(ws, target="prompt/ask@2")[1] == []
        assert len(evaluated(ws, target="prompt/ask@1")[1]) == 1
