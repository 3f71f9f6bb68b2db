"""Scorers of evaluations as signals."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.core.errors import InputError
from llmops.flows.watching.opening import score_page
from llmops.workspace.workspace import Workspace, open_workspace
from tests.support.interactions import interaction
from tests.support.workspaces import make_workspace


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(make_workspace(tmp_path / "shop")) as opened:
        yield opened


def test_scorers_score_pages(ws: Workspace) -> None:
    score = score_page(ws.services)
    page = [interaction(output=text) for text in ("Order 17 is here.", "Nothing.")]
    assert asyncio.run(score("regex", {"pattern": r"\d+"}, "", page)) == [1, 0]


def test_what_lacks_an_expectation_has_no_value_and_what_has_no_range_is_refused(ws: Workspace) -> None:
    score = score_page(ws.services)
    assert asyncio.run(score("contains", {}, "", [interaction()])) == [None]
    with pytest.raises(InputError, match="scorer 'latency' has no range"):
        asyncio.run(score("latency", {}, "", [interaction()]))
