"""Opens the index of a RAG configuration: for syncing, for verifying, and for answering from it."""

from pathlib import Path

from llmops.backends.catalogs import open_vector_store
from llmops.core.names import Ref
from llmops.core.settings import Settings
from llmops.domain.corpus import RagSpec
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
        place=_place(services.settings, services.root),
    )
    services.keep_open(index)
    return index


def open_retriever(services: Services, name: str, spec: RagSpec) -> IndexRetriever:
    """What answers questions from an index."""
    return IndexRetriever(index_of(services, name, spec).search)


def _place(settings: Settings, root: Path) -> VectorPlace:
    return VectorPlace(settings.vectors.kind, root / settings.vectors.path, open_vector_store)
