"""What writing an index needs, whoever writes it: a sync, a rollback, a repair."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from llmops.core.settings import Connection
from llmops.domain.ports import Embedder
from llmops.index.vectors import VectorPlace
from llmops.storage.store import Store

Fault = Callable[[str], None]


def no_fault(step: str) -> None:
    """Do nothing at a step of the protocol; tests end the process there."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What writing an index needs: the store, where vectors go, the embedder, the clock, the places that sources are in;
    `price` is US dollars a token."""

    store: Store
    place: VectorPlace
    embedder: Callable[[], Embedder]
    clock: Callable[[], datetime]
    fault: Fault = no_fault
    price: Callable[[], float | None] = lambda: None
    connections: Mapping[str, Connection] = field(default_factory=dict, repr=False)
