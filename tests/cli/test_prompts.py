"""render."""

import json
from pathlib import Path

from tests.support.workspaces import llmops


def test_a_prompt_renders_to_messages(ready: Path) -> None:
    said = llmops("render", "prompt/answer@1", "-v", "question=How long?", "-v", "contexts=[]", "--json")
    messages = json.loads(said.out)
    assert [m["role"] for m in messages] == ["system", "user"]
    assert messages[1]["content"].endswith("Question: How long?")
    assert "system:\n" in llmops("render", "prompt/answer", "-v", "question=x", "-v", "contexts=[]").out


def test_a_missing_variable_is_named(ready: Path) -> None:
    said = llmops("render", "prompt/answer", "-v", "contexts=[]")
    assert said.code == 2
    assert "question" in said.err
