"""What a configuration says of retrieval, and which filters hold for a question."""

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.corpus import RagSpec, SourceSpec
from llmops.domain.noun import content_of
from llmops.domain.retrieval import QueriesSpec, RetrievalSpec, RewriteSpec


def test_what_is_not_said_is_in_no_digest() -> None:
    assert content_of(RetrievalSpec()) == {"mode": "dense", "k": 5}
    spec = RagSpec(sources=(SourceSpec(files="**/*.md"),))
    assert spec.fingerprint == "sha256:4f0760f4f6ffde697c6a3346dafeeb0bc57652893e35f8b63451f35d191e799f"
    other = spec.model_copy(update={"retrieval": RetrievalSpec(mode="hybrid", required_filters=("tenant",))})
    assert other.fingerprint == spec.fingerprint


def test_short_forms() -> None:
    spec = RetrievalSpec.model_validate({"rewrite": True, "queries": 4})
    assert spec.rewrite == RewriteSpec()
    assert spec.queries == QueriesSpec(count=4)
    assert RetrievalSpec.model_validate({"rewrite": False}).rewrite is None


@pytest.mark.parametrize(
    ("spec", "k", "pool"),
    [
        (RetrievalSpec(), 5, 5),
        (RetrievalSpec(mode="hybrid"), 5, 100),
        (RetrievalSpec(mmr=0.5), 5, 20),
        (RetrievalSpec(candidates=30), 5, 30),
        (RetrievalSpec(candidates=30), 50, 50),
    ],
)
def test_how_many_each_ranking_brings(spec: RetrievalSpec, k: int, pool: int) -> None:
    assert spec.pool(k) == pool


@pytest.mark.parametrize("given", [None, {}, {"lang": "en"}, {"tenant": ""}, {"tenant": []}, {"tenant": ["a", ""]}])
def test_a_required_filter_must_say_something(given: dict[str, Json] | None) -> None:
    with pytest.raises(InputError, match="and rag/docs answers nobody without it") as caught:
        RetrievalSpec(required_filters=("tenant",)).filters_for("docs", given)
    assert "--filter tenant=" in caught.value.hint


def test_null_is_no_filter() -> None:
    with pytest.raises(InputError, match="the filter 'tenant' is None"):
        RetrievalSpec(required_filters=("tenant",)).filters_for("docs", {"tenant": None})


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (None, {"lang": ["de", "en"]}),
        ({"tenant": "a"}, {"lang": ["de", "en"], "tenant": "a"}),
        ({"lang": "en"}, {"lang": ["en"]}),
        ({"lang": ["en", "fr"]}, {"lang": ["en"]}),
        ({"lang": "fr"}, {"lang": []}),
    ],
)
def test_a_question_narrows_what_the_configuration_says(given: dict[str, Json] | None, holds: dict[str, Json]) -> None:
    spec = RetrievalSpec(filters={"lang": ["de", "en"]})
    assert spec.filters_for("docs", given) == holds
    assert spec.filters_for("docs", holds) == holds
