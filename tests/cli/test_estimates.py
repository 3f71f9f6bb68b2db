"""eval --estimate: a table, or JSON, and nothing asked."""

import json
from pathlib import Path

from tests.support.workspaces import llmops


def test_an_estimate_is_a_table_with_what_it_rests_on(ready: Path) -> None:
    said = llmops("eval", "docs", "--estimate")
    assert said.code == 0
    assert "offline/extractive" in said.out
    assert "in the cache" in said.out
    assert "Tokens are counted as 4 characters each." in said.err
    assert "No runs yet" in llmops("runs", "list").err


def test_an_estimate_is_json_where_asked(ready: Path) -> None:
    (found,) = json.loads(llmops("eval", "docs", "--estimate", "--json").out)
    assert (found["suite"], found["cases"], found["cost"]) == ("docs", 12, 0.0)
    assert found["parts"][0]["calls"] == 12
