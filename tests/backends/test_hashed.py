"""The hashed bag of words: deterministic, near when words are shared, fast."""

import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.backends.hashed import HashEmbedder, open_embedder
from llmops.core.bridge import run_sync
from llmops.core.errors import NotFound
from llmops.core.settings import Settings
from llmops.domain.ports import Embedder


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=6))
def test_vectors_are_of_unit_length_and_do_not_depend_on_their_neighbours(texts: list[str]) -> None:
    import numpy as np

    embedder = HashEmbedder(64)
    together = run_sync(embedder.embed(texts))
    assert together.shape == (len(texts), 64)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-5)
    alone = np.concatenate([run_sync(HashEmbedder(64).embed([text])) for text in texts])
    np.testing.assert_array_equal(together, alone)


def test_texts_that_share_words_are_near() -> None:
    rollback, near, far = run_sync(
        HashEmbedder().embed(["Roll back the alias", "the alias was rolled back", "Bananas ripen slowly"])
    )
    assert rollback @ near > 0.4
    assert rollback @ far < 0.2


def test_vectors_are_the_same_in_every_process() -> None:
    code = (
        "from llmops.backends.hashed import HashEmbedder; from llmops.core.bridge import run_sync\n"
        "print(run_sync(HashEmbedder(8).embed(['one two two'])).tolist())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(run_sync(HashEmbedder(8).embed(["one two two"])).tolist())


def test_names_give_the_dimension(settings_with: Callable[[str], Settings]) -> None:
    assert open_embedder("offline/hash", settings_with("")).dimension == 256
    assert open_embedder("offline/hash-64", settings_with("")).dimension == 64
    assert isinstance(open_embedder("offline/hash", settings_with("")), Embedder)
    for wrong in ("offline/hash-0", "offline/hash-99999", "offline/extractive", "offline/hash-x"):
        with pytest.raises(NotFound, match=f"no embedding model called '{wrong}'"):
            open_embedder(wrong, settings_with(""))


def test_tokens_are_words_and_signs() -> None:
    assert HashEmbedder().token_spans("Go, now") == [(0, 2), (2, 3), (4, 7)]


def test_nothing_gives_no_vectors() -> None:
    assert run_sync(HashEmbedder(16).embed([])).shape == (0, 16)


@pytest.mark.slow
def test_ten_thousand_texts_take_about_a_second() -> None:
    words = [f"word{number}" for number in range(5000)]
    texts = [" ".join(words[(start * 7 + step * 13) % 5000] for step in range(70)) for start in range(10_000)]
    started = time.process_time()
    run_sync(HashEmbedder().embed(texts))
    assert time.process_time() - started < 20  # 1 s on an idle machine
