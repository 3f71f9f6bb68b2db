"""Ranking measures against reference values, scikit-learn, and pytrec_eval's numbers on a real collection."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.backends.catalogs import open_embedder
from llmops.core.bridge import run_sync
from llmops.core.settings import load_settings
from llmops.measures.ranking import (
    average_precision,
    gains,
    hit_rate,
    ndcg,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
)
from llmops.storage.store import Store
from tests.support.corpora import add_documents, new_index
from tests.support.reference_values import reference, shared_records

RELEVANT = {"d1": 3.0, "d2": 2.0, "d3": 3.0, "d5": 1.0, "d6": 2.0}
RANKED = ["d1", "d2", "d3", "d4", "d5", "d6"]


def test_the_measures_are_the_reference() -> None:
    retrieval = reference("retrieval")
    assert retrieval["qrels"] == RELEVANT
    assert retrieval["run"] == RANKED
    assert ndcg(RANKED, RELEVANT, 6) == pytest.approx(retrieval["ndcg@6_linear"])
    assert ndcg(RANKED, RELEVANT, 3) == pytest.approx(retrieval["ndcg@3_linear"])
    assert recall_at_k(RANKED, RELEVANT, 3) == pytest.approx(retrieval["recall@3"])
    assert precision_at_k(RANKED, RELEVANT, 3) == pytest.approx(retrieval["precision@3"])
    assert reciprocal_rank(RANKED, RELEVANT) == pytest.approx(retrieval["rr"])
    assert average_precision(RANKED, RELEVANT) == pytest.approx(retrieval["ap@6"])


@given(
    ranked=st.lists(st.sampled_from("abcdefghij"), max_size=10, unique=True),
    relevant=st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 3), min_size=1).filter(
        lambda grades: any(grades.values())
    ),
    k=st.sampled_from([1, 3, 5, 10]),
)
@settings(max_examples=150, deadline=None)
def test_every_measure_is_pytrec_evals(ranked: list[str], relevant: dict[str, int], k: int) -> None:
    from pytrec_eval import RelevanceEvaluator

    wanted = {f"{name}_{k}" for name in ("success", "P", "recall", "map_cut", "ndcg_cut")} | {
        "map",
        "ndcg",
        "recip_rank",
    }
    run = {name: float(-place) for place, name in enumerate(ranked)} or {"none of them": 0.0}
    theirs = RelevanceEvaluator({"q": relevant}, wanted).evaluate({"q": run})["q"]
    grades = {name: float(grade) for name, grade in relevant.items()}
    ours = {
        f"success_{k}": hit_rate(ranked, grades, k),
        f"P_{k}": precision_at_k(ranked, grades, k),
        f"recall_{k}": recall_at_k(ranked, grades, k),
        f"map_cut_{k}": average_precision(ranked, grades, k),
        f"ndcg_cut_{k}": ndcg(ranked, grades, k),
        "map": average_precision(ranked, grades),
        "ndcg": ndcg(ranked, grades),
        "recip_rank": reciprocal_rank(ranked, grades),
    }
    assert ours == pytest.approx({name: theirs[name] for name in ours})


@given(grades=st.lists(st.integers(0, 3), min_size=2, max_size=12).filter(any), k=st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_ndcg_is_scikit_learns(grades: list[int], k: int) -> None:
    from sklearn.metrics import ndcg_score

    names = [f"d{i}" for i in range(len(grades))]
    expected = ndcg_score([grades], [[-i for i in range(len(grades))]], k=k)
    assert ndcg(names, dict(zip(names, map(float, grades), strict=True)), k) == pytest.approx(expected)


def test_what_was_not_found_counts_against_the_best_order() -> None:
    assert ndcg(["a", "x"], {"a": 1.0, "b": 1.0}) == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_precision_divides_by_k_even_where_less_was_found() -> None:
    assert precision_at_k(["a"], {"a": 1.0}, 5) == pytest.approx(0.2)


def test_an_id_counts_once_and_keeps_its_places() -> None:
    ranked = ["a", "a", "b"]
    assert gains(ranked, {"a": 2.0, "b": 1.0}) == [2.0, 0.0, 1.0]
    assert precision_at_k(ranked, {"a": 1.0}, 3) == pytest.approx(1 / 3)
    assert reciprocal_rank(ranked, {"b": 1.0}) == pytest.approx(1 / 3)
    assert recall_at_k(ranked, {"b": 1.0}, 2) == 0.0


def test_a_grade_of_zero_is_not_relevant() -> None:
    assert hit_rate(["a"], {"a": 0.0, "b": 1.0}) == 0.0
    assert recall_at_k(["a", "b"], {"a": 0.0, "b": 1.0}, 2) == 1.0


def test_nothing_found_is_zero() -> None:
    relevant = {"a": 1.0}
    assert (hit_rate([], relevant, 5), precision_at_k([], relevant, 5), recall_at_k([], relevant, 5)) == (0.0, 0.0, 0.0)
    assert (reciprocal_rank(["x"], relevant), ndcg(["x"], relevant, 5)) == (0.0, 0.0)


@given(
    ranked=st.permutations("abcdefgh"),
    relevant=st.sets(st.sampled_from("abcdefghij"), min_size=1),
    k=st.integers(1, 10),
)
@settings(max_examples=60, deadline=None)
def test_every_measure_lies_between_0_and_1(ranked: list[str], relevant: set[str], k: int) -> None:
    grades = dict.fromkeys(relevant, 1.0)
    for measure in (hit_rate, precision_at_k, recall_at_k, reciprocal_rank, average_precision, ndcg):
        assert 0.0 <= measure(ranked, grades, k) <= 1.0 + 1e-12


@pytest.mark.slow
def test_xquad_under_minilm_has_pytrec_evals_numbers(tmp_path: Path) -> None:
    """240 paragraphs, 1,190 questions, exact cosine, top 100."""
    documents, questions = shared_records("ir/xquad/documents.jsonl"), shared_records("ir/xquad/questions.jsonl")
    embedder = open_embedder("local/all-MiniLM-L6-v2", load_settings(tmp_path, {}))
    texts = run_sync(embedder.embed([document["text"] for document in documents]))
    asked = run_sync(embedder.embed([question["question"] for question in questions], role="query"))
    found = []
    for question, row in zip(questions, asked @ texts.T, strict=True):
        ranked = [str(documents[i]["id"]) for i in (-row).argsort(kind="stable")[:100]]
        relevant = dict.fromkeys(question["relevant"], 1.0)
        found.append((ndcg(ranked, relevant, 10), recall_at_k(ranked, relevant, 10), reciprocal_rank(ranked, relevant)))
    means = [math.fsum(column) / len(found) for column in zip(*found, strict=True)]
    assert means == pytest.approx([0.9433, 0.9899, 0.9282], abs=2e-4)


@pytest.mark.slow
def test_words_find_at_least_what_the_reference_finds(store: Store) -> None:
    """BM25 of bm25s: 0.9574, 0.9899, 0.9467 (SOURCES.md beside the data)."""
    documents, questions = shared_records("ir/xquad/documents.jsonl"), shared_records("ir/xquad/questions.jsonl")
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {str(document["id"]): [str(document["text"])] for document in documents})
    found = []
    for question in questions:
        hits = store.lexical.search(generation.id, str(question["question"]), 100)
        chunks = store.corpus.chunks(generation.id, [cid for cid, _ in hits])
        ranked = [chunks[cid].key for cid, _ in hits]
        relevant = dict.fromkeys(question["relevant"], 1.0)
        found.append((ndcg(ranked, relevant, 10), recall_at_k(ranked, relevant, 10), reciprocal_rank(ranked, relevant)))
    means = [math.fsum(column) / len(found) for column in zip(*found, strict=True)]
    assert all(mean >= wanted for mean, wanted in zip(means, (0.9574, 0.9890, 0.9467), strict=True)), means
