"""A cross-encoder of sentence-transformers as a reranker: it reads question and text together, slower and better than vectors.

`model` is a folder of the workspace or the name of a model that the machine has already; nothing is downloaded here, weights are
read from safetensors only, and no code of a model's is run. It loads when it first reranks, and runs in one thread of its own.
"""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from llmops.core.errors import ExtraMissing, InputError, ModelError
from llmops.core.hashing import Json
from llmops.core.settings import Settings
from llmops.domain.usage import Usage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH: Final = 16


class _Model(Protocol):
    def predict(
        self, sentences: list[tuple[str, str]], *, batch_size: int, show_progress_bar: bool, convert_to_numpy: bool
    ) -> "NDArray[np.float32]": ...


class CrossEncoderReranker:
    """Scores pairs of question and text, from 0 to 1 where the model has one output."""

    def __init__(self, name: str, folder: Path | None) -> None:
        self._name = name
        self._folder = folder
        self._model: _Model | None = None
        self._loading = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llmops-rerank")

    async def rerank(self, question: str, texts: Sequence[str], *, repeat: int = 0) -> tuple[list[float], Usage]:
        """One score for each text; it costs time only.

        Raises:
            ModelError: the machine does not have the model, or it is no cross-encoder.
        """
        import asyncio

        scores = await asyncio.get_running_loop().run_in_executor(self._thread, self._scores, question, list(texts))
        return scores, Usage(cost=0.0)

    async def close(self) -> None:
        """Let go of the model."""
        self._model = None

    def _scores(self, question: str, texts: list[str]) -> list[float]:
        model = self._model or self._load()
        pairs = [(question, text) for text in texts]
        found = model.predict(pairs, batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True)
        if found.shape != (len(texts),):
            raise ModelError(
                f"the cross-encoder {self._name} gives {found.shape[1:]} values for a text, not one score",
                hint="Choose one that was trained to rank, such as cross-encoder/ms-marco-MiniLM-L6-v2.",
            )
        return [float(score) for score in found]

    def _load(self) -> _Model:
        with self._loading:
            if self._model is None:
                self._model = _open(self._name, self._folder)
            return self._model


def open_reranker(model: str, settings: Settings, *, root: Path, arguments: Mapping[str, Json]) -> CrossEncoderReranker:
    """Open a cross-encoder by a folder below the workspace, or by a name.

    Raises:
        InputError: no model is named, or arguments are given, of which it takes none.
        ExtraMissing: sentence-transformers is not installed.
    """
    import importlib.util

    if not model:
        raise InputError(
            "retrieval.rerank names no model",
            hint="Write rerank: {method: cross_encoder, model: cross-encoder/ms-marco-MiniLM-L6-v2}.",
        )
    if arguments:
        raise InputError(
            f"a cross-encoder takes no argument {min(arguments)!r}", hint="Leave retrieval.rerank.arguments out."
        )
    if importlib.util.find_spec("sentence_transformers") is None:
        raise ExtraMissing("sentence-transformers", "rag", needed_for=f"the cross-encoder {model}")
    folder = root / model
    return CrossEncoderReranker(model, folder if folder.is_dir() else None)


def _open(name: str, folder: Path | None) -> _Model:
    from sentence_transformers import CrossEncoder

    try:
        opened: _Model = CrossEncoder(
            str(folder or name),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelError(
            f"the cross-encoder {name} cannot be loaded: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            hint=f"hf download {name}, or name a folder of the workspace that holds it with its weights as safetensors.",
        ) from error
    return opened
