"""What applications write down through a workspace; more in test_log."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import NotFound


def test_an_interaction_and_what_is_said_of_it(ready: Path) -> None:
    with llmops.open(ready) as ws:
        written = ws.log_interaction(app="docs", inputs={"question": "Where?"}, output="Here.", user="ada")
        ws.feedback(written, score=1, user="ada")
        assert ws.hashed("ada") == ws.hashed("ada") != ws.hashed("bob")
        with pytest.raises(NotFound, match="nowhere"):
            ws.feedback("nowhere", score=0)
