"""Model strings lead to the right backend, wrong ones to a clear message, and nothing heavy loads before its time."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from llmops.backends.cached import CachedChat, CachedEmbedder
from llmops.backends.catalogs import (
    CHAT_MODELS,
    EMBEDDERS,
    VECTOR_STORES,
    embeds_on_a_server,
    open_chat_model,
    open_embedder,
    open_vector_shelf,
)
from llmops.backends.hashed import HashEmbedder
from llmops.backends.hosted_embedder import HostedEmbedder
from llmops.backends.litellm import LitellmChat
from llmops.backends.local_embedder import LocalEmbedder
from llmops.backends.offline import EchoModel, ExtractiveModel
from llmops.backends.openai_http import OpenAIChat
from llmops.core.errors import ExtraMissing, NotFound, SettingsError
from llmops.core.settings import Settings, load_settings
from tests.support.caches import DictEmbeddings, DictReplies

SettingsWith = Callable[[str], Settings]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("offline/extractive", ExtractiveModel),
        ("offline/echo", EchoModel),
        ("openai/gpt-4o-mini", OpenAIChat),
        ("ollama/llama3.2", OpenAIChat),
        ("house/some/model", OpenAIChat),
        ("anthropic/claude-sonnet-4-5", LitellmChat),
        ("litellm/openai/gpt-4o", LitellmChat),
        ("bedrock/x", LitellmChat),
    ],
)
def test_the_first_segment_chooses(model: str, expected: type, settings_with: SettingsWith) -> None:
    settings = settings_with(
        '[connections.house]\napi_base = "http://h/v1"\n[connections.bedrock]\napi_base = "http://b"'
    )
    assert type(open_chat_model(model, settings)) is expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("local/all-MiniLM-L6-v2", LocalEmbedder),
        ("offline/hash", HashEmbedder),
        ("openai/text-embedding-3-small", HostedEmbedder),
        ("voyage/voyage-3", HostedEmbedder),
    ],
)
def test_embedders_too(model: str, expected: type, settings_with: SettingsWith) -> None:
    assert type(open_embedder(model, settings_with(""))) is expected


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("gpt-4o-mini", r"(?s)'gpt-4o-mini' is no model string.*openai/gpt-4o-mini"),
        ("openai/", r"is no model string"),
        ("opnai/gpt-4o", r"(?s)called 'opnai'.*Did you mean 'openai'\?"),
        ("hose/m", r"(?s)Did you mean 'house'\?"),
        ("qqqqqqqq/m", r"(?s)called 'qqqqqqqq'.*\[connections\.qqqqqqqq\] with api_base"),
        ("offline/extractiv", r"(?s)called 'offline/extractiv'.*Did you mean 'offline/extractive'\?"),
    ],
)
def test_unknown_models_are_answered_with_the_nearest(model: str, text: str, settings_with: SettingsWith) -> None:
    with pytest.raises(NotFound, match=text):
        open_chat_model(model, settings_with('[connections.house]\napi_base = "http://h/v1"'))


def test_unknown_embedders_too(settings_with: SettingsWith) -> None:
    with pytest.raises(NotFound, match=r"(?s)called 'local/all-minilm'.*local/all-MiniLM-L6-v2"):
        open_embedder("local/all-minilm", settings_with(""))
    with pytest.raises(NotFound, match="offline/hash-N"):
        open_embedder("offline/hash-0", settings_with(""))


def test_a_provider_of_litellm_without_litellm(monkeypatch: pytest.MonkeyPatch, settings_with: SettingsWith) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r"(?s)anthropic/claude-x needs litellm.*llmops\[litellm\]"):
        open_chat_model("anthropic/claude-x", settings_with(""))


def test_a_cache_goes_before_the_model(settings_with: SettingsWith) -> None:
    assert isinstance(open_chat_model("offline/echo", settings_with(""), cache=DictReplies()), CachedChat)
    assert isinstance(open_embedder("offline/hash", settings_with(""), cache=DictEmbeddings()), CachedEmbedder)


def test_an_unknown_vector_store(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"LLMOPS_VECTORS_KIND": "chrome"})
    wrong = r"(?s)vectors.kind = 'chrome' from environment LLMOPS_VECTORS_KIND: there is no such vector store.*'chroma'"
    with pytest.raises(SettingsError, match=wrong):
        open_vector_shelf(settings)


@pytest.mark.parametrize("kind", ["chroma", "exact", "memory"])
def test_a_shelf_has_the_name_of_its_kind(kind: str, tmp_path: Path) -> None:
    shelf = open_vector_shelf(load_settings(tmp_path, {}, {"vectors.kind": kind}))
    assert shelf.kind == kind
    assert str(tmp_path) in shelf.place


def test_every_entry_resolves() -> None:
    for catalog in (CHAT_MODELS, EMBEDDERS, VECTOR_STORES):
        for name in catalog:
            assert callable(catalog.get(name))


def test_opening_the_catalogs_loads_nothing_heavy() -> None:
    code = (
        "import sys, llmops.backends.catalogs\n"
        "print([m for m in ('aiohttp', 'numpy', 'litellm', 'chromadb', 'torch') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("offline/hash", False),
        ("local/all-MiniLM-L6-v2", False),
        ("openai/e", True),
        ("cohere/e", True),
        ("house/e", True),
    ],
)
def test_whether_a_server_embeds_is_told_by_the_model_string(tmp_path: Path, model: str, expected: bool) -> None:
    (tmp_path / "llmops.toml").write_text('[connections.house]\napi_base = "http://127.0.0.1:9/v1"\n')
    assert embeds_on_a_server(model, load_settings(tmp_path, {})) is expected
