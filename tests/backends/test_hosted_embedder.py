"""Hosted embedders: what is read from a reply, and what is refused."""

import base64
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.backends.hosted_embedder import HostedEmbedder, read_vectors
from llmops.core.bridge import run_sync
from llmops.core.errors import ModelError
from llmops.core.hashing import Json


class Recorded:
    """A client that gives prepared answers."""

    def __init__(self, *answers: Json) -> None:
        self.answers = list(answers)
        self.asked: list[list[str]] = []
        self.closed = 0

    async def ask(self, texts: list[str]) -> Json:
        self.asked.append(texts)
        return self.answers.pop(0)

    async def close(self) -> None:
        self.closed += 1


def rows(*vectors: Json) -> Json:
    return {"data": [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]}


def test_both_forms_read_the_same() -> None:
    import numpy as np

    packed = base64.b64encode(np.array([3, 4], dtype="<f4").tobytes()).decode()
    for written in (packed, [3, 4], [3.0, 4.0]):
        np.testing.assert_allclose(read_vectors(rows(written), 1, "http://h"), [[0.6, 0.8]], rtol=1e-6)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "holds no embeddings"),
        ([], "holds no embeddings"),
        ({"data": ["x"]}, "holds no embeddings"),
        (rows([1, 2], [1, 2]), "2 embeddings for 1 texts"),
        (rows([]), "zero or not finite"),
        (rows([0, 0]), "zero or not finite"),
        (rows([1, float("nan")]), "zero or not finite"),
        (rows("***"), "cannot be read"),
        (rows("AAA="), "cannot be read"),
        (rows(None), "zero or not finite"),
        (rows(["a"]), "cannot be read"),
    ],
)
def test_rubbish(data: Json, text: str) -> None:
    with pytest.raises(ModelError, match=f"(?s)http://h answered with .*{text}.*embedding model"):
        read_vectors(data, 1, "http://h")


def test_vectors_of_two_lengths() -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_vectors(rows([1, 2], [1, 2, 3]), 2, "http://h")


def test_a_dimension_that_changes() -> None:
    client = Recorded(rows([1.0, 0.0]), rows([1.0, 0.0, 0.0]))
    embedder = HostedEmbedder("house/e", "http://h", lambda: client)
    run_sync(embedder.embed(["a"]))
    with pytest.raises(ModelError, match="vectors of length 3, not 2"):
        run_sync(embedder.embed(["b"]))


def test_listed_models_need_no_asking() -> None:
    client = Recorded()
    embedder = HostedEmbedder("openai/text-embedding-3-small", "http://h", lambda: client)
    assert (embedder.dimension, embedder.max_tokens) == (1536, 8191)
    assert run_sync(embedder.embed([])).shape == (0, 1536)
    assert embedder.identity == "openai/text-embedding-3-small;normalised"
    assert client.asked == []


def test_an_error_while_asking_for_the_dimension_is_raised() -> None:
    client = Recorded({"data": []})
    with pytest.raises(ModelError, match="0 embeddings for 1 texts"):
        _ = HostedEmbedder("house/e", "http://h", lambda: client).dimension
    assert client.closed == 1


def test_an_empty_text_is_asked_as_a_space() -> None:
    client = Recorded(rows([1.0, 0.0]))
    run_sync(HostedEmbedder("house/e", "http://h", lambda: client).embed([""]))
    assert client.asked == [[" "]]


@given(st.text(max_size=200))
def test_estimated_tokens_cover_the_text_in_order(text: str) -> None:
    spans = HostedEmbedder("house/e", "http://h", Recorded).token_spans(text)
    assert "".join(text[start:end] for start, end in spans) == "".join(text.split())
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
