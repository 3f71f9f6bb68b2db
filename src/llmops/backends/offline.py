"""`offline/extractive` and `offline/echo`: models that need no key and no network. Neither is a language model.

The extractive one answers with those sentences of the supplied contexts that are nearest to the question (embeddings of
the configured embedding model), each with the mark of its context, or says that it does not know. How near a sentence
is, is judged by itself (4/7) and by the context it stands in (3/7), without which "It takes two arguments." is near to
anything. A sentence counts only where it stands in the rendered messages: a prompt that drops contexts changes the
answer, as it would with a language model. Instructions in a prompt change nothing. Same request, same answer.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmops.backends.catalogs import open_embedder
from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.core.settings import Settings
from llmops.domain.interaction import ChatReply, ChatRequest, Usage
from llmops.domain.ports import ChatModel, Embedder, EmbeddingCache
from llmops.text.sentences import split_sentences

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

UNKNOWN: Final = "I do not know."
MAX_SENTENCES: Final = 2
MIN_SIMILARITY: Final = 0.4  # measured: docs/models.md
PASSAGE: Final = 3 / 7  # share of the context's own similarity in that of its sentences; measured there too
VERSION: Final = 1  # of the method, part of the address that cached replies are kept under
_PIECE: Final = re.compile(r"\s*\S+\s*|\s+")
_WORD: Final = re.compile(r"[^\W_]+")
_REMEMBERED: Final = 8192  # sentence vectors: 12 MB at 384 dimensions


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    marker: int
    passage: str


class ExtractiveModel:
    """Picks sentences. Parameters: `max_sentences` (default 2) and `min_similarity` (cosine); others are ignored."""

    def __init__(self, model: str, embedder: Callable[[EmbeddingCache | None], Embedder]) -> None:
        self._model = model
        self._open = embedder
        self._cache: EmbeddingCache | None = None
        self._embedder: Embedder | None = None
        self._loading: asyncio.Task[Vectors] | None = None
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def address(self) -> str:
        """The method's version and what its vectors depend on, for cache keys."""
        return f"offline/extractive;{VERSION};{self._embeddings().identity}"

    @property
    def reads_contexts(self) -> bool:
        """Its answer depends on question and contexts, not on the messages alone."""
        return True

    def remember(self, vectors: EmbeddingCache) -> None:
        """Keep vectors there, and take those that are there already."""
        self._cache = vectors

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Answer with the nearest sentences of the contexts. Its latency leaves out the loading of the embedding model."""
        await asyncio.shield(self._ready())
        started = time.perf_counter()
        most, least = _max_sentences(request.parameters), _min_similarity(request.parameters)
        question = request.question.strip() or _last_user_message(request)
        candidates = _candidates(request, question)
        chosen = await self._nearest(question, candidates, most, least) if candidates and question else []
        text = " ".join(f"{candidate.text} [{candidate.marker}]" for candidate in chosen) or UNKNOWN
        return _reply(request, self._model, text, time.perf_counter() - started)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[str | ChatReply, None]:
        """`chat`, a word at a time."""
        async for piece in in_pieces(await self.chat(request)):
            yield piece

    def _ready(self) -> "asyncio.Task[Vectors]":
        """Load the embedding model, once for all requests."""
        if self._loading is None or (self._loading.done() and self._loading.exception() is not None):
            self._loading = asyncio.create_task(self._load())
        return self._loading

    async def _load(self) -> "Vectors":
        return await self._embeddings().embed(["ready"])

    async def _nearest(self, question: str, candidates: list[_Candidate], most: int, least: float) -> list[_Candidate]:
        import numpy as np

        asked = (await self._embeddings().embed([question], "query"))[0]
        texts = [candidate.text for candidate in candidates] + [candidate.passage for candidate in candidates]
        both = np.stack(await self._embed(texts)) @ asked
        similarities = (1 - PASSAGE) * both[: len(candidates)] + PASSAGE * both[len(candidates) :]
        # Rounded, so that the order of near ties does not hang on how a batch was summed up.
        ranked = sorted(range(len(candidates)), key=lambda i: (-round(float(similarities[i]), 4), i))
        return [candidates[i] for i in ranked[:most] if similarities[i] >= least]

    async def _embed(self, texts: list[str]) -> "list[Vectors]":
        absent = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        known = {text: self._vectors[text] for text in texts if text in self._vectors}
        if absent:
            known.update(zip(absent, await self._embeddings().embed(absent), strict=True))
        for text in texts:
            self._vectors[text] = known[text]
            self._vectors.move_to_end(text)
        while len(self._vectors) > _REMEMBERED:
            self._vectors.popitem(last=False)
        return [known[text] for text in texts]

    def _embeddings(self) -> Embedder:
        if self._embedder is None:
            self._embedder = self._open(self._cache)
        return self._embedder


class EchoModel:
    """Returns the last user message. For tests."""

    def __init__(self, model: str) -> None:
        self._model = model

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Answer with the last user message."""
        started = time.perf_counter()
        return _reply(request, self._model, _last_user_message(request), time.perf_counter() - started)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[str | ChatReply, None]:
        """`chat`, a word at a time."""
        async for piece in in_pieces(await self.chat(request)):
            yield piece


async def in_pieces(reply: ChatReply) -> AsyncGenerator[str | ChatReply, None]:
    """A reply as if it had come a word at a time, all of them at its end."""
    for found in _PIECE.finditer(reply.text):
        yield found.group()
    yield reply.model_copy(update={"usage": reply.usage.model_copy(update={"first_token": reply.usage.latency})})


def open_chat(model: str, settings: Settings) -> ChatModel:
    """Open `offline/extractive`, `offline/echo` or `offline/support`."""
    name = model.partition("/")[2]
    if name == "extractive":
        return ExtractiveModel(model, lambda cache: open_embedder(settings.models.embedding, settings, cache=cache))
    if name == "echo":
        return EchoModel(model)
    if name == "support":
        from llmops.backends.offline_judge import open_support

        return open_support(model, settings)
    known = ["offline/extractive", "offline/echo", "offline/support"]
    raise NotFound(f"there is no model called {model!r}", hint=did_you_mean(model, known))


def _candidates(request: ChatRequest, question: str) -> list[_Candidate]:
    """The sentences that may answer: statements of contexts that stand in the messages, each once."""
    rendered = _flat(" ".join(message.content for message in request.messages))
    asked = _flat(question).casefold()
    found: dict[str, _Candidate] = {}
    for marker, context in enumerate(request.contexts, start=1):
        for start, end in split_sentences(context.text):
            sentence = _flat(context.text[start:end])
            if _is_statement(sentence) and sentence.casefold() != asked and sentence in rendered:
                found.setdefault(sentence, _Candidate(sentence, marker, context.text))
    return list(found.values())


def _is_statement(sentence: str) -> bool:
    """Whether a sentence can be an answer: no heading, no question, and at least three words."""
    return not sentence.startswith("#") and not sentence.endswith("?") and len(_WORD.findall(sentence)) >= 3


def _flat(text: str) -> str:
    return " ".join(text.split())


def _last_user_message(request: ChatRequest) -> str:
    return next((message.content for message in reversed(request.messages) if message.role == "user"), "")


def _reply(request: ChatRequest, model: str, text: str, latency: float) -> ChatReply:
    """A reply that counts words and costs nothing."""
    prompt = sum(len(message.content.split()) for message in request.messages)
    usage = Usage(prompt_tokens=prompt, completion_tokens=len(text.split()), cost=0.0, latency=latency)
    return ChatReply(text=text, model=model, usage=usage)


def _max_sentences(parameters: Mapping[str, Json]) -> int:
    value = parameters.get("max_sentences", MAX_SENTENCES)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 50:
        raise InputError(
            f"max_sentences = {value!r} is no number from 1 to 50", hint="Write parameters: {max_sentences: 2}."
        )
    return value


def _min_similarity(parameters: Mapping[str, Json]) -> float:
    value = parameters.get("min_similarity", MIN_SIMILARITY)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1 <= value <= 1:
        raise InputError(
            f"min_similarity = {value!r} is no cosine similarity", hint="Write a number from -1 to 1, such as 0.4."
        )
    return float(value)
