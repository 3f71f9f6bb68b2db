import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.guard.attack.disguises import DISGUISES, Message, pairs

BY_NAME = {disguise.name: disguise for disguise in DISGUISES}


def test_there_are_24_ways_each_with_its_name() -> None:
    assert len(BY_NAME) == len(DISGUISES) == 24


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("capitals", "BE BAD 10"),
        ("mixed_case", "bE BaD 10"),
        ("homoglyphs", "bе bаd 1О"),
        ("full_width", "\uff42\uff45 \uff42\uff41\uff44 \uff11\uff10"),
        ("mathematical", "𝐛𝐞 𝐛𝐚𝐝 𝟏𝟎"),
        ("enclosed", "ⓑⓔ ⓑⓐⓓ ①⓪"),
        ("accents", "bé bád 10"),
        ("leet", "b3 b4d 10"),
        ("rot13", "or onq 10"),
        ("tag_characters", "".join(chr(0xE0000 + ord(char)) for char in "be bad 10")),
        ("zero_width", "b\u200be\u200b b\u200ba\u200bd\u200b 1\u200b0\u200b"),
        ("spaced_letters", "b e   b a d   1 0"),
        ("punctuated_letters", "b-e   b-a-d   1-0"),
        ("markdown", "b**e** b**a**d 1**0**"),
        ("reversed", "\u202e01 dab eb\u202c"),
        ("percent", "%62%65%20%62%61%64%20%31%30"),
        ("entities", "&#98;&#101;&#32;&#98;&#97;&#100;&#32;&#49;&#48;"),
    ],
)
def test_only_the_bad_stretch_is_written_in_another_way(name: str, written: str) -> None:
    assert BY_NAME[name](Message("Do ", "be bad 10", " now")) == Message("Do ", written, " now")


def test_messages_are_encoded_as_a_whole() -> None:
    message = Message("Do ", "be bad", " now")
    assert BY_NAME["base64"](message) == Message("", "RG8gYmUgYmFkIG5vdw==", "")
    assert BY_NAME["hex"](message) == Message("", "446f20626520626164206e6f77", "")


def test_characters_beyond_the_first_plane_are_two_escapes() -> None:
    assert BY_NAME["escapes"](Message("", "a𝐛", "")).bad == "\\u0061\\ud835\\udc1b"


@given(st.text(), st.sampled_from(DISGUISES))
def test_any_text_can_be_disguised(text: str, way: object) -> None:
    assert callable(way)
    message = way(Message("before ", text.encode("utf-8", "replace").decode(), " after"))
    start, end = message.span
    assert message.text[start:end] == message.bad


def test_pairs_leave_readable_what_the_first_wrote() -> None:
    names = [f"{first.name}+{second.name}" for first, second in pairs()]
    assert len(names) == len(set(names)) == 213
    assert {"homoglyphs+zero_width", "zero_width+base64", "base64+hex", "hex+base64"} <= set(names)
    assert not {"base64+capitals", "leet+leet", "zero_width+leet", "base64+reversed"} & set(names)
