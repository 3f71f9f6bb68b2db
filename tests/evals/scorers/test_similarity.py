"""semantic_similarity and context_support: by hand-written vectors, and with the real embedding model."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from llmops.backends.catalogs import open_embedder
from llmops.core.hashing import Json
from llmops.core.settings import load_settings
from llmops.domain.corpus import Context
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.similarity import ContextSupport, SemanticSimilarity
from tests.support.hand_embedder import HandEmbedder
from tests.support.reference_values import shared_records

DIRECTIONS = {"north": (0.0, 1.0), "east": (1.0, 0.0), "south": (0.0, -1.0), "north east": (1.0, 1.0)}


def similarity(output: str, answer: Json, embedder: HandEmbedder | None = None) -> Score:
    scorer = SemanticSimilarity(embedder=lambda: embedder or HandEmbedder(DIRECTIONS))
    expectations = {} if answer is None else {"answer": answer}
    return asyncio.run(scorer.score(Sample(output=output, expectations=expectations)))


@pytest.mark.parametrize(
    ("output", "answer", "value"),
    [
        ("north", "north", 1.0),
        ("north", "north east", 0.5**0.5),
        ("north", "east", 0.0),
        ("north", "south", 0.0),
        ("north", ["south", "north east", "east"], 0.5**0.5),
        ("", "", 1.0),
        (" ", "north", 0.0),
        ("north", "", 0.0),
        ("north", ["", "north"], 1.0),
    ],
)
def test_similarity_is_the_cosine_to_the_nearest_answer(output: str, answer: Json, value: float) -> None:
    assert similarity(output, answer).value == pytest.approx(value, abs=1e-6)


def test_output_and_answers_are_embedded_in_one_call() -> None:
    embedder = HandEmbedder(DIRECTIONS)
    similarity("north", ["south", "east"], embedder)
    assert embedder.calls == [["north", "south", "east"]]


def test_similarity_without_an_answer_is_not_applicable() -> None:
    embedder = HandEmbedder(DIRECTIONS)
    assert similarity("north", None, embedder) == Score.not_applicable("no expectations.answer")
    assert embedder.calls == []


def test_similarity_says_how_much_the_model_read() -> None:
    long = " ".join(["north"] * 12)
    assert (
        similarity(long, "north", HandEmbedder({**DIRECTIONS, long: (0.0, 1.0)})).reason
        == "the model read 8 of 12 tokens"
    )


def support(
    output: str, contexts: list[str], directions: Mapping[str, tuple[float, float]], words: float = 0.5
) -> tuple[Score, HandEmbedder]:
    embedder = HandEmbedder(directions)
    scorer = ContextSupport(similarity=0.6, words=words, embedder=lambda: embedder)
    given = [Context(id=str(i), text=text) for i, text in enumerate(contexts)]
    return asyncio.run(scorer.score(Sample(output=output, contexts=given))), embedder


def test_support_is_the_share_of_sentences_with_a_like_one_in_the_contexts() -> None:
    directions = {
        "Paris is the capital.": (0.0, 1.0),
        "It rains a lot.": (1.0, 0.0),
        "The capital is Paris.": (0.1, 1.0),
        "Lyon is large.": (0.0, 1.0),
    }
    score, embedder = support(
        "Paris is the capital [1]. It rains a lot.", ["The capital is Paris. Lyon is large."], directions
    )
    assert score == Score(value=0.5, reason="1 of 2 sentences supported; not: 'It rains a lot.'")
    assert len(embedder.calls) == 1


def test_support_needs_both_meaning_and_words() -> None:
    same_direction = {"Paris is the capital.": (0.0, 1.0), "Lyon has rivers.": (0.0, 1.0)}
    assert support("Paris is the capital.", ["Lyon has rivers."], same_direction)[0].value == 0.0
    assert support("Paris is the capital.", ["Lyon has rivers."], same_direction, words=0.0)[0].value == 1.0
    same_words = {"Paris is the capital.": (0.0, 1.0), "The capital is Paris.": (1.0, 0.0)}
    assert support("Paris is the capital.", ["The capital is Paris."], same_words)[0].value == 0.0


@pytest.mark.parametrize("output", ["", "  \n", "[1]", "…"])
def test_an_answer_without_sentences_claims_nothing(output: str) -> None:
    score, embedder = support(output, ["Paris is the capital."], {})
    assert score == Score(status="missing", label="no_claims", reason="the output has no sentences")
    assert embedder.calls == []


def test_without_contexts_nothing_is_supported() -> None:
    assert support("Paris is the capital.", [], {})[0] == Score(value=0.0, reason="there are no contexts")


SUPPORTED = {
    "p00-0": [
        "The Panthers allowed only 308 points.",
        "Kawann Short had a team-leading 11 sacks.",
        "Jared Allen had 136 career sacks, the most of any active player.",
        "Luke Kuechly made the most tackles on the team, with 118.",
    ],
    "p00-1": [
        "The Broncos scored 11 points in the last three minutes to beat the Steelers 23-16.",
        "Manning threw no interceptions in the playoffs.",
        "Denver won the AFC Championship Game against the Patriots by 20 to 18.",
    ],
    "p00-2": [
        "Manning was 39 years old, the oldest quarterback to play in a Super Bowl.",
        "John Elway held the record before him, at age 38.",
    ],
    "p08-1": [
        "Sky Digital started in 1998 and used the Astra 2A satellite.",
        "The analogue service was broadcast from 19.2 degrees east.",
        "The new position at 28.5°E was used mostly for channels aimed at the UK.",
    ],
    "p20-0": [
        "Most people believed that bad air caused the plague.",
        "The Paris medical faculty blamed a conjunction of three planets.",
        "Medicine made no progress in the Middle Ages.",
    ],
    "p19-4": [
        "Internet2 retired Abilene in October 2007.",
        "The partnership with Level 3 was announced in 2006.",
        "Abilene was built together with Qwest in 1998.",
    ],
    "p40-0": [
        "A composite number is a natural number above 1 that is not prime.",
        "6 is composite because 2 and 3 divide it.",
        "5 is a prime number.",
    ],
}
UNSUPPORTED = {
    "p00-0": [
        "The Panthers won 15 games in the regular season.",
        "Cam Newton was named most valuable player.",
        "The defense was coached by Sean McDermott.",
        "Carolina lost the Super Bowl to Denver.",
    ],
    "p00-1": [
        "The Broncos drafted their quarterback in the first round.",
        "Von Miller was the most valuable player of the game.",
        "The Patriots won the Super Bowl the year after.",
    ],
    "p00-2": [
        "Manning retired from football after the season.",
        "John Elway was born in Port Angeles, Washington.",
    ],
    "p08-1": [
        "Sky charges 20 pounds a month for its basic package.",
        "The satellites were built by Boeing.",
        "Sky was founded by Rupert Murdoch.",
    ],
    "p20-0": [
        "The plague killed a third of Europe's population.",
        "Rats carried the fleas that spread the disease.",
        "Doctors wore masks shaped like the beak of a bird.",
    ],
    "p19-4": [
        "Internet2 has its headquarters in Ann Arbor, Michigan.",
        "The network uses optical fibre made by Corning.",
        "Universities pay a yearly fee for membership.",
    ],
    "p40-0": [
        "There are infinitely many prime numbers, as Euclid proved.",
        "The largest known prime has over 24 million digits.",
        "Primes are used in RSA cryptography.",
    ],
}


@pytest.mark.slow
def test_the_thresholds_tell_supported_from_unsupported_sentences(tmp_path: Path) -> None:
    """The figures of docs/scorers.md: 42 sentences written by hand about seven paragraphs of XQuAD."""
    texts = {str(record["id"]): str(record["text"]) for record in shared_records("ir/xquad/documents.jsonl")}
    embedder = open_embedder("local/all-MiniLM-L6-v2", load_settings(tmp_path, {}))
    scorer = ContextSupport(embedder=lambda: embedder)

    def count(written: Mapping[str, list[str]]) -> int:
        scores = [
            asyncio.run(scorer.score(Sample(output=claim, contexts=[Context(id=key, text=texts[key])])))
            for key, claims in written.items()
            for claim in claims
        ]
        return sum(score.value == 1.0 for score in scores)

    assert (count(SUPPORTED), count(UNSUPPORTED)) == (20, 2)
