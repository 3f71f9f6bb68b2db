import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.guard.normalise.folding import confusables, fold, fold_character, is_ignorable
from tests.support.confusable_table import TABLE, compact, written


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ｈｅｌｌｏ", "hello"), ("рауpal", "paypal"), ("Іgnore", "ignore"), ("naïve", "naive"), ("ﬁne", "fine"), ("𝟎𝟏٣", "013"),
        ("Straße", "strasse"), ("a\u200bb\u00adc", "abc"), ("🇩🇪", "de"), ("it’s", "it's"), (" a \n b\t", "a b"),
        ("".join(chr(0xE0000 + ord(c)) for c in "hid"), "hid"), ("\ud800x", "\ufffdx"),
    ],
)  # fmt: skip
def test_characters_fold_to_what_they_say(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["हिन्दी", "ไทย", "مرحبًا", "日本語", "한국어"])
def test_marks_that_are_letters_are_kept(text: str) -> None:
    assert fold(text) == unicodedata.normalize("NFKD", text).casefold()


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(st.characters(max_codepoint=127))
def test_ascii_stays_as_it_is(char: str) -> None:
    assert fold_character(char) == char


def test_ignorable_characters_are_those_of_unicode() -> None:
    assert is_ignorable(0x200B)
    assert is_ignorable(0xE0001)
    assert not is_ignorable(ord("a"))


def test_the_table_is_what_its_script_writes() -> None:
    table = confusables()
    assert written(table) == TABLE.read_text(encoding="utf-8")
    assert compact(table) == dict(table)
