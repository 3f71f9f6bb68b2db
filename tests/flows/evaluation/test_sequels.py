"""A second `--until-decided` on the same digests goes on with the first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.deciding import RELATIVE, RIGHT, WRONG, decide, opened, versions
from tests.support.model_server import ModelServer, model_server


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


def test_a_second_time_on_the_same_digests_nothing_is_asked(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path) as ws:
        first = decide(ws)
        server.requests.clear()
        again = decide(ws)
        assert (again.run_id, server.requests) == (first.run_id, [])
        assert again.notes[-1] == (
            f"{first.run_id} was made on exactly these digests: nothing was asked. --no-cache asks anew."
        )
        anew = decide(ws, use_cache=False)
        assert anew.run_id != first.run_id
        assert len(server.requests) == anew.cases


def test_another_holder_of_the_alias_is_another_question(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, RELATIVE) as ws:
        versions(ws, WRONG, RIGHT, "{{ question }}?")
        first = decide(ws, target="prompt/ask@2")
        ws.promote("prompt/ask@3", to="production")
        second = decide(ws, target="prompt/ask@2")
        assert second.run_id != first.run_id
