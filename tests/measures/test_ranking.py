"""Ranking measures against reference values, scikit-learn, and pytrec_eval's numbers on a real collection."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.backends.catalogs import open_embedder
from llmops.core.bridge import run_sync
from llmops.core.settings import load_settings
from llmops.measures.fusion import reciprocal_rank_fusion
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
    assert ours == pytest.approx({name: theirs[name] for name in ours}, rel=0, abs=1e-9)


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


class Xquad:
    """240 paragraphs and 1,190 questions, ranked by the exact cosine of all-MiniLM-L6-v2, which takes a while."""

    def __init__(self, folder: Path) -> None:
        self.documents = shared_records("ir/xquad/documents.jsonl")
        self.questions = shared_records("ir/xquad/questions.jsonl")
        self.relevant = [dict.fromkeys(map(str, question["relevant"]), 1.0) for question in self.questions]
        embedder = open_embedder("local/all-MiniLM-L6-v2", load_settings(folder, {}))
        texts = run_sync(embedder.embed([document["text"] for document in self.documents]))
        asked = run_sync(embedder.embed([question["question"] for question in self.questions], role="query"))
        names = [str(document["id"]) for document in self.documents]
        self.dense = [[names[i] for i in (-row).argsort(kind="stable")[:100]] for row in asked @ texts.T]

    def means(self, rankings: Sequence[Sequence[str]]) -> list[float]:
        """nDCG@10, recall@10 and MRR."""
        rows = [
            (ndcg(ranked, relevant, 10), recall_at_k(ranked, relevant, 10), reciprocal_rank(ranked, relevant))
            for ranked, relevant in zip(rankings, self.relevant, strict=True)
        ]
        return [math.fsum(column) / len(rows) for column in zip(*rows, strict=True)]


@pytest.fixture(scope="module")
def xquad(tmp_path_factory: pytest.TempPathFactory) -> Xquad:
    return Xquad(tmp_path_factory.mktemp("xquad"))


@pytest.mark.slow
def test_xquad_under_minilm_has_pytrec_evals_numbers(xquad: Xquad) -> None:
    """Those that SOURCES.md beside the data notes, and those that it computes here."""
    from pytrec_eval import RelevanceEvaluator

    means = xquad.means(xquad.dense)
    assert means == pytest.approx([0.9433, 0.9899, 0.9282], abs=2e-4)
    wanted = {str(number): dict.fromkeys(relevant, 1) for number, relevant in enumerate(xquad.relevant)}
    run = {
        str(number): {name: float(-place) for place, name in enumerate(ranked)}
        for number, ranked in enumerate(xquad.dense)
    }
    names = ("ndcg_cut_10", "recall_10", "recip_rank")
    theirs = RelevanceEvaluator(wanted, set(names)).evaluate(run)
    assert means == pytest.approx(
        [math.fsum(row[name] for row in theirs.values()) / len(theirs) for name in names], rel=0, abs=1e-9
    )


@pytest.mark.slow
def test_words_and_both_find_at_least_what_the_references_find(store: Store, xquad: Xquad) -> None:
    """BM25 of bm25s, and its fusion with the vectors (SOURCES.md beside the data)."""
    generation, lease = new_index(store)
    texts = {str(document["id"]): [str(document["text"])] for document in xquad.documents}
    add_documents(store, generation, lease, texts)
    cids = [cid for page in store.corpus.embedding_keys(generation.id) for cid, _ in page]
    keys = {cid: chunk.key for cid, chunk in store.corpus.chunks(generation.id, cids).items()}
    lexical = []
    for question in xquad.questions:
        hits = store.lexical.search(generation.id, str(question["question"]), 100)
        lexical.append([keys[cid] for cid, _ in hits])
    hybrid = [list(reciprocal_rank_fusion(pair)) for pair in zip(lexical, xquad.dense, strict=True)]
    for rankings, references in ((lexical, (0.9574, 0.9890, 0.9467)), (hybrid, (0.9683, 0.9966, 0.9590))):
        means = xquad.means(rankings)
        assert all(mean >= wanted - 5e-5 for mean, wanted in zip(means, references, strict=True)), means
