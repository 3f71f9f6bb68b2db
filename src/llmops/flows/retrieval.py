"""Opens what finds contexts: the index of a RAG configuration or a team's own function, with all that stands around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from llmops.backends.catalogs import open_reranker
from llmops.core.callables import import_attribute, is_function_path
from llmops.core.catalog import Catalog
from llmops.core.errors import InputError, StoreError
from llmops.core.hashing import Json, digest
from llmops.core.names import Ref
from llmops.domain.corpus import Hits, RagSpec
from llmops.domain.interaction import ChatReply, ChatRequest, Message
from llmops.domain.ports import Filters, Reranker, Retriever
from llmops.domain.retrieval import RERANK, HeldPrompt, RetrieverSpec
from llmops.domain.snapshot import Snapshot
from llmops.domain.spending import count_call
from llmops.flows.refresh import index_of
from llmops.flows.services import Services
from llmops.rag.custom import FunctionSearch, wrap_retriever
from llmops.rag.grading import GradingReranker
from llmops.rag.packing import Packer
from llmops.rag.queries import Ask, QueryWriter
from llmops.rag.retrieve import Pipeline, Surroundings
from llmops.registry.prompts import Prompt

RETRIEVERS: Final[Catalog[object]] = Catalog("retriever", "llmops.retrievers", {})
BOUNDARY: Final = "boundary"
_OFFLINE: Final = "offline/"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Stands where an index would answer, while the store that holds its texts does not."""

    index: str

    async def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        filters: Filters | None = None,
        history: Sequence[Message] = (),
        repeat: int = 0,
    ) -> Hits:
        """Say that nothing can be retrieved now.

        Raises:
            StoreError: always.
        """
        raise StoreError(
            f"the index {self.index!r} cannot be searched while the store does not answer",
            hint="Make the store reachable, or pass contexts= to answer from.",
        )


def open_retriever(
    services: Services, name: str, spec: RagSpec, *, cached: bool = False, snapshot: Snapshot | None = None
) -> Retriever:
    """What finds contexts for questions under a RAG configuration.

    Args:
        cached: whether what models are asked on the way is answered from the reply cache; for evaluation only.
        snapshot: the contents to answer from; None for those of now.

    Raises:
        InputError: a model that shall rewrite or rerank is none that could, or the function cannot be called.
        NotFound: there is no such function, reranker or model.
        ExtraMissing: the reranker needs a library.
    """
    key = (id(services.store), name, f"{spec.model_dump_json()} {snapshot or ''}", cached)
    if key not in services.retrievers:
        services.retrievers[key] = _open(services, name, spec, snapshot, cached=cached)
    return services.retrievers[key]


def _open(services: Services, name: str, spec: RagSpec, snapshot: Snapshot | None, *, cached: bool) -> Retriever:
    if spec.retriever is not None:
        search = _open_function(services, spec.retriever, spec.retrieval.k)
        return Pipeline(
            name, spec.retrieval, search, *_models(services, name, spec, cached), around=_bare(services, spec)
        )
    if services.is_offline:
        return Unreachable(name)
    now = index_of(services, name, spec)
    index = now if snapshot is None else now.at(snapshot.generation, snapshot.sequence)
    around = Surroundings(
        vectors=index.vectors,
        lacks=index.is_stale,
        read=index.read if spec.chunking.parent is not None or spec.retrieval.budget is not None else None,
        pack=_packer(services, spec),
    )
    return Pipeline(name, spec.retrieval, index.search, *_models(services, name, spec, cached), around=around)


def find_retriever(services: Services, ref: Ref) -> Retriever:
    """The same, by the ref of the configuration.

    Raises:
        NotFound: there is no such configuration.
    """
    resolved = services.registry.resolve(ref)
    return open_retriever(services, resolved.name, resolved.spec(RagSpec))


def _bare(services: Services, spec: RagSpec) -> Surroundings:
    return Surroundings(pack=_packer(services, spec))


def _packer(services: Services, spec: RagSpec) -> Packer | None:
    if spec.retrieval.budget is None:
        return None
    return Packer(spec.retrieval.budget, lambda text: services.embedder(spec.embedding).token_spans(text))


def _open_function(services: Services, written: RetrieverSpec, k: int) -> FunctionSearch:
    path = written.python
    if is_function_path(path):
        function = import_attribute(path, services.root, "retriever")
    else:
        function = RETRIEVERS.get(path)
    return wrap_retriever(function, path, written.version, k, written.arguments)


def _models(services: Services, name: str, spec: RagSpec, cached: bool) -> tuple[QueryWriter, Reranker | None]:
    """What models are asked: for other words, and for another order."""
    retrieval = spec.retrieval
    rewrite = vary = None
    count = 0
    if retrieval.rewrite is not None:
        rewrite = _asking(services, name, "rewrite", retrieval.rewrite.model, retrieval.rewrite.prompt, cached)
    if retrieval.queries is not None:
        count = retrieval.queries.count
        vary = _asking(services, name, "queries", retrieval.queries.model, retrieval.queries.prompt, cached)
    reranker: Reranker | None = None
    if retrieval.rerank is not None:
        written = retrieval.rerank
        if written.method == "llm":
            model = written.model or services.settings.models.default
            reranker = GradingReranker(
                model, _asking(services, name, "rerank", model, written.prompt or RERANK, cached)
            )
        else:
            reranker = open_reranker(
                written.method, written.model, services.settings, root=services.root, arguments=written.arguments
            )
    return QueryWriter(rewrite, vary, count), reranker


def _asking(services: Services, name: str, what: str, model: str, held: str | HeldPrompt, cached: bool) -> Ask:
    """What asks a model with a prompt that the configuration holds; the call is counted where it is made."""
    model = model or services.settings.models.default
    refuse_offline(model, what)
    prompt = (
        services.registry.prompt(Ref("prompt", held))
        if isinstance(held, str)
        else Prompt(held.name, held.digest, held.spec)
    )
    chat = services.chat_model(model, cached=cached)

    async def ask(values: Mapping[str, Json], repeat: int) -> ChatReply:
        given = {key: value for key, value in values.items() if key in prompt.inputs}
        if BOUNDARY in prompt.inputs:
            given[BOUNDARY] = digest("retrieval", dict(values)).removeprefix("sha256:")[:16]
        request = ChatRequest(
            model=model,
            messages=tuple(prompt.render(**given)),
            parameters=dict(prompt.spec.parameters),
            output=prompt.spec.output,
            repeat=repeat,
        )
        reply = await chat.chat(request)
        if not reply.cached:
            count_call(reply.usage)
        return reply

    return ask


def refuse_offline(model: str, what: str) -> None:
    """Say that a model of this package writes nothing.

    Raises:
        InputError: it is one.
    """
    if model.startswith(_OFFLINE):
        raise InputError(
            f"{model} is no language model, so retrieval.{what} cannot ask it",
            hint=f"Name one: {what}: {{model: openai/gpt-4o-mini}}, or leave {what} out.",
        )
