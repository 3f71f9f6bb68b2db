"""`local/all-MiniLM-L6-v2`: sentence-transformers on the CPU, offline, weights verified.

Counting tokens needs only the tokenizer (20 ms); torch and sentence-transformers (seconds) load when the first text is
embedded. Encoding runs in threads of its own, so that neither the event loop nor cache writes wait for it.

Many texts are cut into batches, and each core takes one batch after another. PyTorch would share every multiplication among
all cores and have them wait for the slowest, which costs a third of the speed, or more, where another program wants a core too.
"""

import importlib.util
import os
import threading
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from llmops.backends.weights import WEIGHTS_SHA256, find_model_files, verify_model, verify_tokenizer
from llmops.core.errors import ExtraMissing, ModelError, NotFound
from llmops.core.names import did_you_mean
from llmops.core.settings import Settings
from llmops.domain.ports import TextRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llmops.domain.ports import Vectors

MODEL: Final = "local/all-MiniLM-L6-v2"
DIMENSION: Final = 384
MAX_TOKENS: Final = 254  # 256 with the two that mark beginning and end
BATCH: Final = 16
SMALL: Final = 64  # texts that one core embeds alone, in batches small enough to need little padding
SMALL_BATCH: Final = 4
MOST_CORES: Final = 16


class _Encoding(Protocol):
    @property
    def offsets(self) -> list[tuple[int, int]]: ...


class _Tokenizer(Protocol):
    def encode(self, sequence: str, *, add_special_tokens: bool) -> _Encoding: ...


class _SentenceModel(Protocol):
    def encode(
        self,
        sentences: list[str],
        *,
        batch_size: int,
        show_progress_bar: bool,
        convert_to_numpy: bool,
        normalize_embeddings: bool,
    ) -> "Vectors": ...


class LocalEmbedder:
    """all-MiniLM-L6-v2. Loads on first use; may be used from several threads."""

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._tokenizer: _Tokenizer | None = None
        self._model: _SentenceModel | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llmops-embed")
        self._lanes = ThreadPoolExecutor(max_workers=_cores(), thread_name_prefix="llmops-embed-lane")

    @property
    def identity(self) -> str:
        """Model, digest of the weights, dimension, normalisation."""
        return f"{MODEL};sha256:{WEIGHTS_SHA256};{DIMENSION};normalised"

    @property
    def dimension(self) -> int:
        """384."""
        return DIMENSION

    @property
    def max_tokens(self) -> int:
        """254: what the model reads beside the two tokens it adds."""
        return MAX_TOKENS

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """The tokens of the text as the model's own tokenizer cuts it, all of them."""
        tokenizer = self._tokenizer or self._load_tokenizer()
        return tokenizer.encode(text, add_special_tokens=False).offsets

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Embed texts; the model makes no difference between documents and queries.

        Raises:
            ModelError: the weights are missing or not the published ones.
        """
        import asyncio

        return await asyncio.get_running_loop().run_in_executor(self._thread, self._encode, list(texts))

    def _encode(self, texts: list[str]) -> "Vectors":
        import numpy as np

        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        model = self._model or self._load_model()
        if len(texts) <= SMALL:
            return _encode_batch(model, texts, SMALL_BATCH, 1)
        # Texts of one length need no padding.
        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        cores = max(1, _cores() // len(batches))
        parts = self._lanes.map(
            lambda places: _encode_batch(model, [texts[place] for place in places], BATCH, cores), batches
        )
        vectors: Vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        vectors[order] = np.concatenate(list(parts))
        return vectors

    def _load_tokenizer(self) -> _Tokenizer:
        with self._loading:
            if self._tokenizer is None:
                self._tokenizer = _read_tokenizer(verify_tokenizer(find_model_files()))
            return self._tokenizer

    def _load_model(self) -> _SentenceModel:
        with self._loading:
            if self._model is None:
                self._model = _read_model(verify_model(find_model_files()))
            return self._model


def open_embedder(model: str, settings: Settings) -> LocalEmbedder:
    """Open `local/all-MiniLM-L6-v2`, the one local model there is.

    Raises:
        NotFound: another local model.
        ExtraMissing: sentence-transformers is not installed.
    """
    if model != MODEL:
        raise NotFound(
            f"there is no local embedding model called {model!r}",
            hint=did_you_mean(model, [MODEL]) + " Other models: behind a server, by connection, or over litellm.",
        )
    if importlib.util.find_spec("sentence_transformers") is None:
        raise ExtraMissing("sentence-transformers", "rag", needed_for=f"the embedding model {MODEL}")
    return _shared()


@cache
def _shared() -> LocalEmbedder:
    """The one of this process: a second would cost its memory and loading time again."""
    return LocalEmbedder()


def _cores() -> int:
    return min(os.cpu_count() or 1, MOST_CORES)


def _encode_batch(model: _SentenceModel, texts: list[str], batch: int, cores: int) -> "Vectors":
    """Encode texts in this thread, with so many cores (PyTorch keeps their number by thread)."""
    import numpy as np
    import torch

    if torch.get_num_threads() != cores:
        torch.set_num_threads(cores)
    vectors = model.encode(
        texts, batch_size=batch, show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True
    )
    unit: Vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    return unit


def _read_tokenizer(file: "Path") -> _Tokenizer:
    from tokenizers import Tokenizer

    with _errors_named("tokenizer"):
        tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    found: _Tokenizer = tokenizer
    return found


def _read_model(folder: "Path") -> _SentenceModel:
    for variable, value in {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }.items():
        os.environ.setdefault(variable, value)
    with warnings.catch_warnings(), _errors_named("model"):
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()
        model: _SentenceModel = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        # The first call sets up the tokenizer, which several threads may not do at once.
        _encode_batch(model, ["."], 1, 1)
        return model


@contextmanager
def _errors_named(what: str) -> "Iterator[None]":
    """Say which file set could not be loaded, instead of a library's own words alone."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"the {what} of {MODEL} cannot be loaded: {error}",
            hint="The installed sentence-transformers, transformers and torch may not fit together; reinstall llmops[rag].",
        ) from error
