"""Whether one sentence is like another."""

import asyncio
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.text.support import find_support, statements_in, statements_of, words_by_statement, words_of
from tests.support.hand_embedder import HandEmbedder

EMBEDDER = HandEmbedder(
    {
        "Cats sleep all day.": (1.0, 0.0),
        "Cats sleep all night.": (1.0, 0.1),
        "All day cats sleep.": (0.0, 1.0),
        "Felines rest.": (1.0, 0.0),
    }
)


def test_support_takes_both_meaning_and_words() -> None:
    """The second has the words and not the meaning, the third the meaning and not the words."""
    claims = ["Cats sleep all night.", "All day cats sleep.", "Felines rest."]
    assert asyncio.run(find_support(EMBEDDER, claims, ["Cats sleep all day."])) == [True, False, False]


def test_thresholds_move_the_line() -> None:
    evidence = ["Cats sleep all day."]
    assert asyncio.run(find_support(EMBEDDER, ["Cats sleep all night."], evidence, words=0.9)) == [False]
    assert asyncio.run(find_support(EMBEDDER, ["Felines rest."], evidence, words=0.0)) == [True]
    assert asyncio.run(find_support(EMBEDDER, ["All day cats sleep."], evidence, similarity=0.0)) == [True]


def test_nothing_is_supported_by_nothing() -> None:
    assert asyncio.run(find_support(EMBEDDER, ["Cats sleep all day."], [])) == [False]
    assert asyncio.run(find_support(EMBEDDER, [], ["Cats sleep all day."])) == []


def test_statements_are_sentences_without_marks() -> None:
    assert statements_of("Cats sleep [1]. Dogs bark [2, 3]. ---") == ["Cats sleep.", "Dogs bark."]
    assert statements_in(["Cats sleep.", "Cats sleep. Dogs bark."]) == ["Cats sleep.", "Dogs bark."]
    assert words_of("Cats, cats!") == {"cats"}
    assert [sorted(words) for words in words_by_statement("Cats [1]. Dogs bark!")] == [["cats"], ["bark", "dogs"]]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30) | st.text(st.characters(max_codepoint=127), max_size=30))
def test_words_are_runs_of_letters_digits_and_underscores(text: str) -> None:
    assert words_of(text) == set(re.findall(r"\w+", text.lower()))
