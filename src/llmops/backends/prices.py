"""Prices per token, from the cost map that litellm carries, without importing litellm.

`find_spec` of a top-level package imports nothing; the file is read once, and only three numbers a model are kept.
"""

import importlib.util
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from llmops.core.hashing import Json

_COSTS: Final = "model_prices_and_context_window_backup.json"
_PROVIDERS: Final = "provider_endpoints_support_backup.json"
# So that `anthropic/…` asks for the litellm extra where it is not installed, instead of being unknown.
_WELL_KNOWN: Final = (
    "anthropic azure azure_ai bedrock cohere databricks gemini huggingface nvidia_nim perplexity replicate sagemaker "
    "vertex_ai voyage watsonx"
)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a token, for what goes in, what comes out, and what goes in from the provider's own cache."""

    input: float
    output: float
    cached: float

    def cost(self, prompt: int, completion: int, cached: int = 0) -> float:
        """The cost of a call; `cached` is the part of `prompt` that the provider had cached."""
        return (prompt - cached) * self.input + cached * self.cached + completion * self.output


@dataclass(frozen=True, slots=True)
class EmbeddingSize:
    """What the cost map knows about an embedding model; None where it does not say."""

    dimension: int | None
    max_tokens: int | None


def find_price(model: str) -> Price | None:
    """The price of a model string, or None where no list has it.

    OpenAI's models stand in the list without their provider, others with it.
    """
    prices = _tables()[0]
    return prices.get(model) or prices.get(model.removeprefix("openai/"))


def find_embedding_size(model: str) -> EmbeddingSize:
    """The dimension and input limit of a hosted embedding model, as far as they are listed."""
    sizes = _tables()[1]
    return sizes.get(model) or sizes.get(model.removeprefix("openai/")) or EmbeddingSize(None, None)


@cache
def litellm_providers() -> frozenset[str]:
    """The providers that litellm can ask; a short list of well-known ones where it is not installed."""
    found = _read(_PROVIDERS)
    return frozenset(found["providers"]) if found else frozenset(_WELL_KNOWN.split())


@cache
def _tables() -> tuple[dict[str, Price], dict[str, EmbeddingSize]]:
    prices: dict[str, Price] = {}
    sizes: dict[str, EmbeddingSize] = {}
    for model, entry in _read(_COSTS).items():
        into, out = entry.get("input_cost_per_token"), entry.get("output_cost_per_token", 0.0)
        if isinstance(into, (int, float)) and isinstance(out, (int, float)) and model != "sample_spec":
            cached = entry.get("cache_read_input_token_cost")
            prices[model] = Price(into, out, cached if isinstance(cached, (int, float)) else into)
        if entry.get("mode") == "embedding":
            sizes[model] = EmbeddingSize(_count(entry.get("output_vector_size")), _count(entry.get("max_input_tokens")))
    return prices, sizes


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _read(name: str) -> Json:
    spec = importlib.util.find_spec("litellm")
    if spec is None or not spec.submodule_search_locations:
        return {}
    path = Path(spec.submodule_search_locations[0]) / name
    return json.loads(path.read_bytes()) if path.is_file() else {}
