"""Prices come from litellm's own list, and importing it is not needed."""

import subprocess
import sys

import pytest

from llmops.backends import prices
from llmops.backends.prices import EmbeddingSize, Price, find_embedding_size, find_price, litellm_providers


def test_a_listed_model_has_a_price() -> None:
    price = find_price("openai/gpt-4o-mini")
    assert price == Price(input=1.5e-07, output=6e-07, cached=7.5e-08)
    assert price.cost(1_000_000, 1_000_000) == pytest.approx(0.75)


def test_the_provider_is_part_of_the_name_for_others() -> None:
    price = find_price("mistral/codestral-latest")
    assert price is not None
    assert 0 < price.input < price.output


def test_what_the_provider_had_cached_is_cheaper() -> None:
    assert Price(1.0, 2.0, 0.1).cost(10, 5, cached=4) == pytest.approx(6 + 0.4 + 10)


@pytest.mark.parametrize("model", ["house/gpt-4o-mini", "openai/no-such-model", "sample_spec", "gpt-4o-mini-"])
def test_an_unknown_model_has_none(model: str) -> None:
    assert find_price(model) is None


def test_sizes_of_embedding_models() -> None:
    assert find_embedding_size("openai/text-embedding-3-small") == EmbeddingSize(1536, 8191)
    assert find_embedding_size("house/own") == EmbeddingSize(None, None)


def test_providers_of_litellm() -> None:
    assert {"anthropic", "bedrock", "vertex_ai"} <= litellm_providers()


def test_without_litellm_nothing_has_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert prices._read("model_prices_and_context_window_backup.json") == {}
    assert "anthropic" in litellm_providers.__wrapped__()


def test_finding_a_price_does_not_import_litellm() -> None:
    code = (
        "import sys; from llmops.backends.prices import find_price\n"
        "print(find_price('openai/gpt-4o') is not None, 'litellm' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "False"]
