"""hit_rate, recall_at_k, precision_at_k, mrr, ndcg: contexts against ids, document keys and grades."""

from collections.abc import Callable

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.retrieval import (
    ContextOverlap,
    HitRate,
    MeanAveragePrecision,
    Mrr,
    Ndcg,
    PrecisionAtK,
    RecallAtK,
)
from tests.support.reference_values import reference

ALL: list[Callable[[Sample], Score]] = [
    HitRate().score,
    RecallAtK().score,
    PrecisionAtK().score,
    Mrr().score,
    MeanAveragePrecision().score,
    Ndcg().score,
]


def sample(*places: str, relevant: Json = None) -> Sample:
    """Contexts written as `id` or `id@document`."""
    contexts = []
    for place in places:
        name, _, key = place.partition("@")
        contexts.append(Context(id=name, text="…", metadata={"key": key} if key else {}))
    return Sample(output="", contexts=contexts, expectations={} if relevant is None else {"relevant": relevant})


def test_the_numbers_are_the_reference() -> None:
    retrieval = reference("retrieval")
    asked = sample(*retrieval["run"], relevant=retrieval["qrels"])
    assert Ndcg(k=6).score(asked).value == pytest.approx(retrieval["ndcg@6_linear"])
    assert Ndcg(k=3).score(asked).value == pytest.approx(retrieval["ndcg@3_linear"])
    assert RecallAtK(k=3).score(asked).value == pytest.approx(retrieval["recall@3"])
    assert PrecisionAtK(k=3).score(asked).value == pytest.approx(retrieval["precision@3"])
    assert Mrr().score(asked).value == pytest.approx(retrieval["rr"])
    assert MeanAveragePrecision().score(asked).value == pytest.approx(retrieval["ap@6"])


def test_a_context_counts_by_its_id_or_by_its_document() -> None:
    asked = sample("c1@docs/a.md", "c2@docs/b.md", "c3", relevant=["docs/b.md", "c3"])
    assert RecallAtK().score(asked) == Score(value=1.0, reason="relevant at rank 2, 3 of 3")
    assert Mrr().score(asked).value == 0.5


def test_several_contexts_of_one_document_count_once_at_the_best_rank() -> None:
    asked = sample("c1@a", "c2@b", "c3@b", "c4@b", relevant=["b", "z"])
    assert PrecisionAtK(k=4).score(asked) == Score(value=0.25, reason="relevant at rank 2 of 4")
    assert RecallAtK().score(asked).value == 0.5
    assert Mrr().score(asked).value == 0.5


def test_grades_matter_to_ndcg_alone() -> None:
    asked = sample("a", "b", relevant={"a": 1, "b": 3, "c": 0})
    assert Ndcg().score(asked).value == pytest.approx((1 + 3 / 1.5849625) / (3 + 1 / 1.5849625))
    assert RecallAtK().score(asked).value == 1.0


def test_only_the_first_k_contexts_are_looked_at() -> None:
    asked = sample("x", "y", "a", relevant="a")
    assert HitRate(k=2).score(asked).value == 0.0
    assert HitRate(k=3).score(asked).value == 1.0
    assert Mrr(k=2).score(asked).value == 0.0
    assert Mrr().score(asked).value == pytest.approx(1 / 3)


def test_a_hit_passes_and_a_miss_does_not() -> None:
    assert HitRate().score(sample("a", relevant=["a"])).passed is True
    assert HitRate().score(sample("x", relevant=["a"])).passed is False
    assert RecallAtK().score(sample("a", relevant=["a"])).passed is None


@pytest.mark.parametrize("score", ALL)
def test_no_context_is_zero(score: Callable[[Sample], Score]) -> None:
    assert score(sample(relevant=["a"])).value == 0.0
    assert score(sample(relevant=["a"])).reason == "nothing relevant of 0"


@pytest.mark.parametrize("score", ALL)
@pytest.mark.parametrize("relevant", [None, [], {}, {"a": 0}])
def test_a_case_without_anything_relevant_is_not_applicable(score: Callable[[Sample], Score], relevant: Json) -> None:
    assert score(sample("a", relevant=relevant)) == Score.not_applicable("no expectations.relevant")


def test_relevance_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(InputError, match=r"expectations\.relevant is 3"):
        Ndcg().score(sample("a", relevant=3))


def overlap(expected: Json, *contexts: str, scorer: ContextOverlap | None = None) -> Score:
    given = [Context(id=str(i), text=text) for i, text in enumerate(contexts)]
    expectations = {} if expected is None else {"contexts": expected}
    return (scorer or ContextOverlap()).score(Sample(output="", contexts=given, expectations=expectations))


def test_texts_without_ids_are_compared_by_their_words() -> None:
    assert overlap("You have 30 days.", "Books: you have 30 days to decide.").value == 1.0
    assert overlap("You have 30 days.", "You have time.", "30 days").value == 0.5
    assert overlap(["one two", "three four"], "one two three").value == pytest.approx(0.75)
    assert overlap("so so", "so").value == 0.5


def test_a_passage_that_was_cut_in_two_counts_together() -> None:
    together = ContextOverlap(together=True)
    assert overlap("You have 30 days.", "You have", "30 days", scorer=together).value == 1.0
    assert overlap("a b", "a", "b", scorer=ContextOverlap(k=1, together=True)).value == 0.5


def test_overlap_with_nothing() -> None:
    assert overlap("a").value == 0.0
    assert overlap("a", scorer=ContextOverlap(together=True)).value == 0.0


@pytest.mark.parametrize("nothing", [None, [], "", "?!"])
def test_overlap_with_nothing_expected_is_not_applicable(nothing: Json) -> None:
    assert overlap(nothing, "a") == Score.not_applicable("no expectations.contexts")
