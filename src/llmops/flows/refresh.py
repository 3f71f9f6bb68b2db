"""Opens the index of a RAG configuration: for syncing, for verifying, and for answering from it."""

from dataclasses import dataclass

from llmops.backends.catalogs import open_vector_shelf
from llmops.core.errors import StoreError
from llmops.core.names import Ref
from llmops.domain.corpus import Hits, RagSpec
from llmops.domain.ports import Retriever
from llmops.flows.services import Services
from llmops.index.index import Index, VectorPlace
from llmops.rag.retrieve import IndexRetriever


def open_index(services: Services, ref: Ref) -> Index:
    """The index of a RAG configuration, by the ref of the configuration.

    Raises:
        NotFound: there is no such configuration.
    """
    resolved = services.registry.resolve(ref)
    return index_of(services, resolved.name, resolved.spec(RagSpec))


def index_of(services: Services, name: str, spec: RagSpec) -> Index:
    """The index that is called `name`, under a configuration."""
    index = Index(
        name,
        spec,
        store=services.store,
        root=services.root,
        embedder=lambda: services.embedder(spec.embedding),
        place=VectorPlace(open_vector_shelf(services.settings)),
    )
    services.keep_open(index)
    return index


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Stands where an index would answer, while the store that holds its texts does not."""

    index: str

    async def retrieve(self, question: str, *, k: int | None = None) -> Hits:
        """Say that nothing can be retrieved now.

        Raises:
            StoreError: always.
        """
        raise StoreError(
            f"the index {self.index!r} cannot be searched while the store does not answer",
            hint="Make the store reachable, or pass contexts= to answer from.",
        )


def open_retriever(services: Services, name: str, spec: RagSpec) -> Retriever:
    """What answers questions from an index."""
    if services.is_offline:
        return Unreachable(name)
    return IndexRetriever(index_of(services, name, spec).search)
