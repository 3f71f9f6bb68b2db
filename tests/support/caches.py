"""Reply and embedding caches in dictionaries, for tests of what stands before a cache."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llmops.domain.interaction import ChatReply

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


class DictReplies:
    """A reply cache in memory; `writes` are the batches that were stored."""

    def __init__(self) -> None:
        self.stored: dict[str, ChatReply] = {}
        self.writes: list[int] = []

    def get(self, key: str) -> ChatReply | None:
        """The reply stored under a key."""
        return self.stored.get(key)

    def put(self, key: str, reply: ChatReply) -> None:
        """Store a reply; the first one stays."""
        self.stored.setdefault(key, reply)
        self.writes.append(1)


class DictEmbeddings:
    """An embedding cache in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, Vectors] = {}

    def get_many(self, keys: Sequence[str]) -> "dict[str, Vectors]":
        """Those of the keys that are stored."""
        return {key: self.stored[key] for key in keys if key in self.stored}

    def put_many(self, vectors: "Mapping[str, Vectors]") -> None:
        """Store vectors."""
        self.stored.update(vectors)
