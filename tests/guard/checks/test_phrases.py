import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.guard.checks.phrases import Phrases, PhraseSet
from llmops.guard.normalise.reading import Reading

CHECK = Phrases(phrases=("kill switch", "bomb"))


def found(text: str, check: Phrases = CHECK) -> list[str]:
    return sorted({text[f.start : f.end] for f in check.find(Reading(text))})


@pytest.mark.parametrize(
    "text",
    [
        "kill switch", "KILL Switch", "kill \n  switch", "ki\u200bll switch", "kіll swіtch", "ｋｉｌｌ ｓｗｉｔｃｈ",
        "k1ll sw1tch",
        "**ki**ll switch",
        "k i l l s w i t c h", "k.i.l.l s.w.i.t.c.h", "kíll swïtch", "kill%20switch", "k&#105;ll switch", "k\\u0069ll switch",
        "\u202ehctiws llik\u202c", "𝓴𝓲𝓵𝓵 𝓼𝔀𝓲𝓽𝓬𝓱", "ⓚⓘⓛⓛ switch", "".join(chr(0xE0000 + ord(c)) for c in "kill switch"),
    ],
)  # fmt: skip
def test_a_phrase_is_found_in_disguise(text: str) -> None:
    assert found(f"the {text} please")


def test_encoded_phrases_are_found_as_a_whole_token_to_a_depth_of_two() -> None:
    once = base64.b64encode(b"pull the kill switch").decode()
    twice = base64.b64encode(once.encode()).decode()
    assert found(f"do {once} now") == [once]
    assert found(f"do {twice} now") == [twice]
    assert found(f"do {base64.b64encode(twice.encode()).decode()} now") == []
    assert found(f"do {b'pull the kill switch'.hex()} now") == [b"pull the kill switch".hex()]


@pytest.mark.parametrize("text", ["skill switch", "kill switches", "bombastic", "kill the switch", "k i l l"])
def test_parts_of_words_and_other_words_are_left_alone(text: str) -> None:
    assert found(f"the {text} please") == []


def test_parts_of_words_count_where_that_is_asked() -> None:
    assert found("bombastic", Phrases(phrases=("bomb",), whole_words=False)) == ["bomb"]


def test_languages_without_spaces_need_no_borders() -> None:
    assert found("これは爆弾です", Phrases(phrases=("爆弾",))) == ["爆弾"]


def test_a_list_without_phrases_is_refused() -> None:
    with pytest.raises(InputError, match=r"no phrases to look for\nWrite phrases"):
        Phrases(phrases=(" ", "\u200b"))


@given(st.integers(0, 11))
def test_the_tail_holds_what_may_become_a_phrase(size: int) -> None:
    phrases = PhraseSet(["kill switch"])
    text = "so " + "kill switch"[:size]
    assert phrases.tail(Reading(text)) == (3 if size else len(text))


def test_thousands_of_phrases_are_found_at_once() -> None:
    phrases = PhraseSet(f"phrase number {n}" for n in range(5_000))
    assert [said for _, _, said in phrases.find(Reading("this is Phrase number 4711."))] == ["phrase number 4711"]
