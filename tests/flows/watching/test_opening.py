"""Scorers of evaluations as signals."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction
from llmops.flows.watching.opening import score_page, shapes
from llmops.workspace.workspace import Workspace, open_workspace
from tests.support.interactions import interaction
from tests.support.workspaces import make_workspace


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(make_workspace(tmp_path / "shop")) as opened:
        yield opened


def scored(
    ws: Workspace, name: str, arguments: Mapping[str, Json], judge: str, page: Sequence[Interaction]
) -> Sequence[float | Exception | None]:
    async def ask() -> Sequence[float | Exception | None]:
        return await score_page(ws.services)(name, arguments, judge, page)

    return run_sync(ask())


def test_scorers_score_pages(ws: Workspace) -> None:
    page = [interaction(output=text) for text in ("Order 17 is here.", "Nothing.")]
    assert scored(ws, "regex", {"pattern": r"\d+"}, "", page) == [1, 0]


def test_what_lacks_an_expectation_has_no_value_and_what_has_no_range_is_refused(ws: Workspace) -> None:
    assert scored(ws, "contains", {}, "", [interaction()]) == [None]
    with pytest.raises(InputError, match="scorer 'latency' has no range"):
        scored(ws, "latency", {}, "", [interaction()])


def test_the_shape_of_an_answer_is_that_of_the_prompt_it_was_given(ws: Workspace) -> None:
    prompt = ws.root / "prompts" / "answer.md"
    prompt.write_text(
        prompt.read_text().replace("inputs:\n", "output: {type: object, required: [answer]}\ninputs:\n", 1)
    )
    registered = ws.register()
    app = next(one.version.digest for one in registered if one.version.kind == "app")
    shape = shapes(ws.services)
    assert shape(interaction(app="docs", refs={"app": app})) == {"type": "object", "required": ["answer"]}
    assert shape(interaction(app="", refs={})) is None
    with pytest.raises(NotFound, match="app/docs"):
        shape(interaction(app="docs", refs={"app": "sha256:" + "0" * 64}))
