"""Words as full-text search compares them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.text.words import LONGEST, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Roll back the alias_ttl, now!", ["roll", "back", "the", "alias", "ttl", "now"]),
        ("Café CAFÉ cafe\u0301", ["cafe", "cafe", "cafe"]),
        ("Straße ﬁne ２０", ["strasse", "fine", "20"]),
        ("Привет, Ёлка", ["привет", "елка"]),
        ("हिन्दी में लिखा।", ["हिन्दी", "में", "लिखा"]),
        ("كِتَاب", ["كتاب"]),
        ("北京大学 im Jahr 1898", ["北京", "京大", "大学", "im", "jahr", "1898"]),
        ("東", ["東"]),
        ("한국어를", ["한국", "국어", "어를"]),
        ("กาแฟ", ["กา", "าแ", "แฟ"]),
        ('NEAR("a" b)* ^c col:d {e} + -f \0', ["near", "a", "b", "c", "col", "d", "e", "f"]),
        ("", []),
        ("!?\0", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_word_without_end_is_cut() -> None:
    assert words_of("x" * 10_000) == ["x" * LONGEST]
    assert words_of("é" * 10_000) == ["e" * LONGEST]


@given(st.text())
def test_words_are_words_again(text: str) -> None:
    """No word holds what a query language could read as anything but a word, and asking for a word finds it."""
    for word in words_of(text):
        assert word
        assert not set(word) & set(" \t\n\0\"'\\:*()^&|!<>-+")
        if len(word) > 2:
            assert words_of(word) in ([word], [word[at : at + 2] for at in range(len(word) - 1)])


@given(
    st.lists(st.sampled_from("abcéÉ ßﬁ\u0301\u0338=<>@ .,\n中文字にほん한국ไทยनमस्ते_٣'-\u0345İ"), min_size=1).map(
        "".join
    )
)
def test_a_long_text_has_the_words_of_its_parts(part: str) -> None:
    times = 9_000 // len(part)
    assert words_of((part + " ") * times) == words_of(part) * times
