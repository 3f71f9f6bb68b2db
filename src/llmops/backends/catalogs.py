"""Open chat models, embedders and vector stores by name; nothing is imported before it is asked for.

The first segment of a model string chooses: `offline/…` and `local/…` run here; the name of a connection, or of a
provider with an OpenAI-compatible server, is asked directly over aiohttp; every other provider goes through litellm,
whose import costs seconds and therefore happens only then.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol, TypeAlias, TypeVar, runtime_checkable

from llmops.backends.endpoints import PROVIDERS
from llmops.backends.prices import Price, find_price, litellm_providers
from llmops.core.catalog import Catalog
from llmops.core.errors import ExtraMissing, NotFound, SettingsError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean, nearest
from llmops.core.settings import Settings
from llmops.domain.ports import ChatModel, Embedder, EmbeddingCache, ReplyCache, Reranker, VectorShelf

ChatModelFactory: TypeAlias = Callable[[str, Settings], ChatModel]
EmbedderFactory: TypeAlias = Callable[[str, Settings], Embedder]
VectorShelfFactory: TypeAlias = Callable[[Settings], VectorShelf]
F = TypeVar("F")


class RerankerFactory(Protocol):
    """Opens a reranker by the model and the arguments that a RAG configuration names."""

    def __call__(self, model: str, settings: Settings, *, root: Path, arguments: Mapping[str, Json]) -> Reranker: ...


CHAT_MODELS: Final[Catalog[ChatModelFactory]] = Catalog(
    "model provider",
    "llmops.chat_models",
    {
        **dict.fromkeys(PROVIDERS, "llmops.backends.openai_http:open_chat"),
        "litellm": "llmops.backends.litellm:open_chat",
        "offline": "llmops.backends.offline:open_chat",
    },
)
EMBEDDERS: Final[Catalog[EmbedderFactory]] = Catalog(
    "embedding provider",
    "llmops.embedders",
    {
        **dict.fromkeys(PROVIDERS, "llmops.backends.openai_http:open_embedder"),
        "litellm": "llmops.backends.litellm:open_embedder",
        "local": "llmops.backends.local_embedder:open_embedder",
        "offline": "llmops.backends.hashed:open_embedder",
    },
)
VECTOR_STORES: Final[Catalog[VectorShelfFactory]] = Catalog(
    "vector store",
    "llmops.vector_stores",
    {
        "chroma": "llmops.backends.chroma:open_shelf",
        "chroma-server": "llmops.backends.chroma_server:open_shelf",
        "exact": "llmops.backends.exact:open_shelf",
        "memory": "llmops.backends.memory:open_shelf",
        "pgvector": "llmops.storage.pgvector:open_shelf",
    },
)
RERANKERS: Final[Catalog[RerankerFactory]] = Catalog(
    "reranker", "llmops.rerankers", {"cross_encoder": "llmops.backends.cross_encoder:open_reranker"}
)
_IN_PROCESS: Final = frozenset({"offline", "local"})


@runtime_checkable
class _ComparesTexts(Protocol):
    """A chat model that embeds texts, and need not embed those again that somebody else has."""

    def remember(self, vectors: EmbeddingCache) -> None: ...


def open_chat_model(
    model: str, settings: Settings, *, cache: ReplyCache | None = None, vectors: EmbeddingCache | None = None
) -> ChatModel:
    """Open a chat model by its model string.

    Args:
        model: the model string.
        settings: of the workspace.
        cache: where equal requests are answered from.
        vectors: where a model that compares texts finds and keeps their vectors.

    Raises:
        NotFound: no provider or connection is called so; the hint has the nearest.
        ExtraMissing: the provider needs litellm.
    """
    opened = _factory(CHAT_MODELS, model, settings)(model, settings)
    if vectors is not None and isinstance(opened, _ComparesTexts):
        opened.remember(vectors)
    if cache is None:
        return opened
    from llmops.backends.cached import CachedChat

    return CachedChat(opened, cache)


def price_of(model: str, settings: Settings) -> Price | None:
    """What a model costs a token: nothing where it runs here, None where nobody knows, as for a server of one's own.

    Raises:
        NotFound: no provider or connection is called so.
    """
    _factory(CHAT_MODELS, model, settings)
    return _listed_price(model, settings)


def embedding_price(model: str, settings: Settings) -> float | None:
    """What embedding a token costs, in US dollars; nothing where it is done here, None where nobody knows.

    Raises:
        NotFound: no provider or connection is called so.
    """
    _factory(EMBEDDERS, model, settings)
    price = _listed_price(model, settings)
    return None if price is None else price.input


def _listed_price(model: str, settings: Settings) -> Price | None:
    provider = model.partition("/")[0]
    if provider in _IN_PROCESS:
        return Price(0.0, 0.0, 0.0)
    if provider in settings.connections and provider not in (*PROVIDERS, *litellm_providers()):
        return None
    return find_price(model.removeprefix("litellm/"))


def open_embedder(model: str, settings: Settings, *, cache: EmbeddingCache | None = None) -> Embedder:
    """Open an embedder by its model string; with a cache, only texts that are not in it are embedded.

    Raises:
        NotFound: no provider, connection or local model is called so; the hint has the nearest.
        ExtraMissing: the provider needs litellm, or the local model sentence-transformers.
    """
    opened = _factory(EMBEDDERS, model, settings)(model, settings)
    if cache is None:
        return opened
    from llmops.backends.cached import CachedEmbedder

    return CachedEmbedder(opened, cache)


def embeds_on_a_server(model: str, settings: Settings) -> bool:
    """Whether texts are embedded behind a server, so that whoever asks only waits, and has to keep to its limits.

    Raises:
        NotFound: no provider or connection is called so.
    """
    return _factory(EMBEDDERS, model, settings) in (EMBEDDERS.get("openai"), EMBEDDERS.get("litellm"))


def open_vector_shelf(settings: Settings) -> VectorShelf:
    """Where the workspace keeps vectors: `[vectors] kind`.

    Raises:
        SettingsError: there is no such kind; the hint has the nearest.
        ExtraMissing: it needs a library that is not installed.
    """
    kind = settings.vectors.kind
    if kind not in VECTOR_STORES:
        source = settings.sources.get("vectors.kind", "default")
        raise SettingsError(
            f"vectors.kind = {kind!r} from {source}: there is no such vector store",
            hint=did_you_mean(kind, VECTOR_STORES),
        )
    return VECTOR_STORES.get(kind)(settings)


def open_reranker(
    method: str, model: str, settings: Settings, *, root: Path, arguments: Mapping[str, Json]
) -> Reranker:
    """Open a reranker.

    Args:
        method: `cross_encoder`, or what a package calls its own.
        model: what it scores with.
        settings: of the workspace.
        root: the workspace folder.
        arguments: whatever else the configuration says for it.

    Raises:
        NotFound: no such method.
        ExtraMissing: it needs a library.
        InputError: it cannot use the model or the arguments.
    """
    return RERANKERS.get(method)(model, settings, root=root, arguments=arguments)


def _factory(catalog: Catalog[F], model: str, settings: Settings) -> F:
    provider, slash, name = model.partition("/")
    if not slash or not name.strip("/ "):
        raise NotFound(
            f"{model!r} is no model string",
            hint=f"Write PROVIDER/MODEL, for example openai/{provider or 'gpt-4o-mini'} or offline/extractive.",
        )
    if provider in _IN_PROCESS and provider in catalog:
        return catalog.get(provider)
    if provider in settings.connections:
        direct = provider in PROVIDERS or provider not in litellm_providers()
        return catalog.get("openai" if direct else "litellm")
    if provider in catalog:
        return catalog.get(provider)
    if provider in litellm_providers():
        return catalog.get("litellm")
    raise _unknown(catalog, provider, model, settings)


def _unknown(catalog: Catalog[F], provider: str, model: str, settings: Settings) -> NotFound | ExtraMissing:
    known = {*catalog, *settings.connections, *litellm_providers()}
    near = nearest(provider, known)
    own = f"Another OpenAI-compatible server is a connection: write [connections.{provider}] with api_base in llmops.toml."
    hint = f"{did_you_mean(provider, known)} {own}" if near else own
    return NotFound(f"there is no {catalog.noun} or connection called {provider!r} (in {model!r})", hint=hint)
