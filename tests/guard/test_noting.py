"""One request is written down once: by whoever stands furthest out."""

import asyncio

from llmops.core.bridge import on_loop
from llmops.domain.interaction import Reply
from llmops.guard.noting import note, noting

REPLY = Reply(id="reply-1", text="x")


def test_what_is_noted_reaches_who_stands_around_on_any_loop() -> None:
    async def inside() -> bool:
        return note(REPLY)

    async def outside() -> list[Reply]:
        notes: list[Reply] = []
        with noting(notes):
            assert await on_loop(inside())
        return notes

    assert asyncio.run(outside()) == [REPLY]
    assert not note(REPLY)
