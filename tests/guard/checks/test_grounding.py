from llmops.guard.checks.grounding import Grounding, SemanticGrounding
from tests.support.guarded import noted, subject
from tests.support.hand_embedder import HandEmbedder

CONTEXTS = ["Gift cards are valid for three years from purchase.", "Returns take thirty days [2]."]


def test_sentences_without_support_are_found_where_they_are_too_many() -> None:
    said = "Gift cards are valid for three years. The moon is made of green cheese. Pigs fly on Sundays."
    assert noted(Grounding(), subject(said, CONTEXTS)) == [("UNSUPPORTED", "1 of 3 sentences are supported")] * 2
    assert noted(Grounding(min=0.3), subject(said, CONTEXTS)) == []


def test_an_answer_without_sentences_or_contexts() -> None:
    assert noted(Grounding(), subject("...", CONTEXTS)) == []
    assert noted(Grounding(), subject("Returns take thirty days.", [])) == [
        ("UNSUPPORTED", "0 of 1 sentences are supported")
    ]


def test_meaning_counts_besides_words() -> None:
    assert SemanticGrounding.action == "flag"
    embedder = HandEmbedder({"Returns take thirty days.": (1, 0), "Returns never take thirty days.": (0, 1)})
    check = SemanticGrounding(embedder=lambda: embedder)
    given = ["Returns take thirty days."]
    assert noted(check, subject("Returns take thirty days.", given)) == []
    assert noted(check, subject("Returns never take thirty days.", given)) == [
        ("UNSUPPORTED", "0 of 1 sentences are supported")
    ]
