"""Opens the index of a RAG configuration."""

from llmops.backends.catalogs import embedding_price, open_vector_shelf
from llmops.core.errors import InputError
from llmops.core.names import Ref
from llmops.domain.corpus import RagSpec
from llmops.flows.services import Services
from llmops.index.index import Index, VectorPlace


def open_index(services: Services, ref: Ref) -> Index:
    """The index of a RAG configuration, by the ref of the configuration.

    Raises:
        NotFound: there is no such configuration.
    """
    resolved = services.registry.resolve(ref)
    return index_of(services, resolved.name, resolved.spec(RagSpec))


def index_of(services: Services, name: str, spec: RagSpec) -> Index:
    """The index that is called `name`, under a configuration.

    Raises:
        InputError: the configuration has a retriever of its own, and so no index.
    """
    if spec.retriever is not None:
        raise InputError(
            f"rag/{name} has no index: its retriever is {spec.retriever.python}",
            hint=f'Search it with: llmops index search {name} "…"',
        )
    index = Index(
        name,
        spec,
        store=services.store,
        root=services.root,
        embedder=lambda: services.embedder(spec.embedding),
        place=VectorPlace(open_vector_shelf(services.settings)),
        price=lambda: embedding_price(spec.embedding, services.settings),
        connections=services.settings.connections,
    )
    services.keep_open(index)
    return index
