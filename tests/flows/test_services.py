"""What journeys work with."""

from pathlib import Path

import llmops
from llmops.core.bridge import run_sync


def test_models_and_embedders_are_opened_once(ready: Path) -> None:
    with llmops.open(ready) as ws:
        services = ws.services
        assert services.embedder() is services.embedder("offline/hash")
        assert services.chat_model("offline/echo") is services.chat_model("offline/echo")
        assert services.chat_model("offline/echo") is not services.chat_model("offline/echo", cached=True)


def test_closing_lets_go_and_opening_again_works(ready: Path) -> None:
    with llmops.open(ready) as ws:
        assert ws.index("docs").search("gift card").contexts
        first = ws.services.embedder()
        run_sync(ws.services.close())
        assert ws.services.embedder() is not first
        assert ws.index("docs").search("gift card").contexts
