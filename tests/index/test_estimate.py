"""Estimates of what embedding takes."""

from pathlib import Path

import pytest

from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, ModelError
from llmops.index.estimate import CountingEmbedder, Estimate, check_budget, count_tokens
from llmops.index.index import Index, SyncOptions
from tests.support.indexes import SPEC, Library


def priced(library: Library, price: float | None) -> Index:
    return Index(
        "docs", library.spec, store=library.store, root=library.root, embedder=lambda: library.embedder,
        place=library.place, price=lambda: price,
    )  # fmt: skip


def test_a_sample_stands_for_all(library: Library) -> None:
    library.write({f"{n:03}.txt": f"document {n:03} has a few words" for n in range(200)})
    estimate = library.plan().estimate
    assert (estimate.documents, estimate.sampled, estimate.chunks) == (200, 40, 200)
    assert estimate.tokens == pytest.approx(200 * 7, rel=0.1)
    assert library.loaded == 0


def test_estimates_are_told_in_words() -> None:
    estimate = Estimate(documents=2, chunks=30, tokens=1200, cost=0.0024, seconds=90, sampled=2)
    assert estimate.in_words() == ("about 30 chunks of 2 documents to embed, 1,200 tokens for $0.0024, in about 90 s")
    assert estimate.as_json()["tokens"] == 1200


def test_a_budget_is_kept_before_anything_is_embedded(library: Library) -> None:
    library.write({f"{n}.txt": f"some text {n}" for n in range(10)})
    with pytest.raises(InputError, match=r"would go over the budget of \$0\.001: about 10 chunks") as caught:
        run_sync(priced(library, 0.001).sync(options=SyncOptions(budget=0.001)))
    assert caught.value.hint == "See what there is to do with: llmops index plan docs"
    with pytest.raises(InputError, match="nobody knows what embedding 'docs' costs"):
        run_sync(priced(library, None).sync(options=SyncOptions(budget=1.0)))
    assert library.asked == []
    assert run_sync(priced(library, 0.001).sync(options=SyncOptions(budget=1.0))).added == 10
    check_budget("docs", Estimate(cost=2.0), None)


def test_time_is_estimated_from_what_was_measured(library: Library) -> None:
    library.write({"a.txt": "one"}).sync()
    with library.store.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE manifest_commits SET embedded = 100, seconds = 50")
    library.write({f"{n}.txt": f"some text {n}" for n in range(10)})
    assert library.plan().estimate.seconds == pytest.approx(5)


def test_tokens_are_counted_without_the_model(tmp_path: Path) -> None:
    assert count_tokens(["embedding models", "a, b"]) == 3 + 3
    assert CountingEmbedder().token_spans("abcdefgh") == [(0, 6), (6, 8)]
    with pytest.raises(ModelError, match="this is an estimate, nothing is embedded"):
        run_sync(CountingEmbedder().embed(["x"]))
    assert SPEC.embedding == "offline/hash-64"
