"""Keeps the answers of a target that its author declares deterministic, under everything that they depend on."""

from collections.abc import Mapping
from dataclasses import dataclass

from llmops.core.bridge import to_thread
from llmops.core.hashing import Json, digest
from llmops.domain.interaction import ChatReply, Reply
from llmops.domain.ports import Asked, ReplyCache


@dataclass(frozen=True, slots=True)
class Remembering:
    """A target before the reply cache. The cache holds replies of models, so an answer goes in as the text of one."""

    target: Asked
    cache: ReplyCache

    @property
    def refs(self) -> Mapping[str, str]:
        """The target's."""
        return self.target.refs

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Answer from the cache, marked so, else ask and remember. Failures are not remembered."""
        key = digest("reply", {"target": dict(self.refs), "inputs": dict(inputs), "repeat": repeat})
        kept = self.cache.get(key)
        if kept is not None:
            return Reply.model_validate_json(kept.text).model_copy(update={"cached": True})
        reply = await self.target.answer(inputs, repeat=repeat)
        await to_thread(self.cache.put, key, ChatReply(text=reply.model_dump_json(), model=reply.model))
        return reply
