"""Interactions for tests."""

from datetime import UTC, datetime, timedelta

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.interaction import Interaction, Usage

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def interaction(number: int = 1, **fields: Json) -> Interaction:
    """The interaction of a number, a minute after the one before it."""
    known: dict[str, Json] = {
        "id": f"reply-{number}",
        "at": BEGAN + timedelta(minutes=number),
        "source": "ask",
        "app": "docs",
        "refs": {"app": "sha256:1", "prompt": "sha256:2"},
        "model": "offline/extractive",
        "inputs": {"question": f"How long does parcel {number} take?"},
        "output": "Three days [1].",
        "contexts": (Context(id="c1", text="Parcels take three days.", score=0.75, metadata={"key": "a.md"}),),
        "verdicts": ({"stage": "input", "action": "allow"},),
        "metadata": {"lang": "en", "plan": "pro"},
        "usage": Usage(prompt_tokens=10, completion_tokens=3, cost=0.001, latency=0.5, first_token=0.1),
    }
    return Interaction.model_validate({**known, **fields})
