"""What every journey works with: one workspace's files, settings and store, and the backends opened on demand."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from llmops.backends.catalogs import open_chat_model, open_embedder
from llmops.core.bridge import to_thread
from llmops.core.settings import Settings
from llmops.domain.ports import ChatModel, Embedder, Retriever
from llmops.domain.signal import SignalSpec
from llmops.domain.suite import ScorerSpec
from llmops.registry.artifacts import Registry
from llmops.storage.store import Store

if TYPE_CHECKING:
    from llmops.flows.courier import Courier
    from llmops.index.index import Index


def check_scorer(spec: ScorerSpec) -> None:
    """Check a scorer that a case brings, when its dataset is registered; raises InputError."""
    from llmops.evals.loading import check_spec  # only datasets with such scorers need it

    check_spec(spec)


def check_signal(spec: SignalSpec) -> None:
    """Check a signal that a monitor names, when it is registered; raises InputError."""
    from llmops.monitor.loading import check_spec  # only monitors have signals

    check_spec(spec)


@dataclass(frozen=True)
class Services:
    """One workspace. Models and embedders are opened once and shared, since loading weights takes seconds.

    `is_offline` says that the store is an empty one, which stands in for one that does not answer. `opener` names
    what opens the same workspace in another process (`"module:function"`).
    """

    root: Path
    settings: Settings
    store: Store
    registry: Registry
    is_offline: bool = False
    opener: str = ""
    _models: dict[tuple[str, bool], ChatModel] = field(default_factory=dict, repr=False)
    _embedders: dict[str, Embedder] = field(default_factory=dict, repr=False)
    _indexes: "list[Index]" = field(default_factory=list, repr=False)
    retrievers: "dict[tuple[int, str, str, bool], Retriever]" = field(default_factory=dict, repr=False)
    _couriers: "dict[int, Courier]" = field(default_factory=dict, repr=False)

    def chat_model(self, name: str, *, cached: bool = False) -> ChatModel:
        """A chat model; `cached` ones answer equal requests from the store's reply cache, which only evaluation may."""
        key = (name, cached)
        if key not in self._models:
            replies, vectors = (self.store.replies, self.store.embeddings) if cached else (None, None)
            opened = open_chat_model(name, self.settings, cache=replies, vectors=vectors)
            self._models.setdefault(key, opened)  # another thread may have been faster
        return self._models[key]

    def embedder(self, name: str = "") -> Embedder:
        """An embedder, `[models] embedding` by default; texts embedded before come from the store."""
        name = name or self.settings.models.embedding
        if name not in self._embedders:
            self._embedders.setdefault(name, open_embedder(name, self.settings, cache=self.store.embeddings))
        return self._embedders[name]

    def keep_open(self, index: "Index") -> None:
        """Close this index with everything else."""
        self._indexes.append(index)

    def courier(self) -> "Courier":
        """Who delivers events to hooks."""
        from llmops.flows.courier import Courier  # few workspaces have hooks

        queue = self.store.deliveries
        return self._couriers.setdefault(id(queue), Courier(self.settings.hooks, self.root, queue))

    async def close(self) -> None:
        """Let deliveries end, close indexes and the connections of models; later calls open them again."""
        while self._couriers:
            await to_thread(self._couriers.popitem()[1].close)
        for index in self._indexes:
            index.close()
        self._indexes.clear()
        self.retrievers.clear()
        opened = [*self._models.values(), *self._embedders.values()]
        self._models.clear()
        self._embedders.clear()
        for backend in opened:
            close = getattr(backend, "close", None)
            if close is not None:
                await close()
