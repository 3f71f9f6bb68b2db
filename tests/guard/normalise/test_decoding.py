import base64

import pytest

from llmops.guard.normalise.decoding import MAX_DECODED, TooMuchEncoded, find_hidden, open_run


def hidden(text: str) -> list[str]:
    found = find_hidden(text, None)
    return found.text.split("\n\0\n") if found else []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("see aGVsbG8gd29ybGQgaGVsbG8= ok", "hello world hello"), ("see 68656c6c6f20776f726c64 ok", "hello world"),
        ("he%6C%6Co", "hello"), ("he&#108;&#x6c;o", "hello"), ("he\\u006c\\x6co", "hello"), ("\u202eolleh\u202c", "hello"),
    ],
)  # fmt: skip
def test_hidden_texts_are_found(text: str, said: str) -> None:
    assert said in hidden(text)


@pytest.mark.parametrize(
    "text", ["hello world", "internationalization is fun", "50% off & more", "C:\\new", "deadbeefdeadbeefdeadbeef"]
)
def test_ordinary_texts_hide_nothing(text: str) -> None:
    assert hidden(text) == []


def test_each_character_knows_where_it_comes_from() -> None:
    found = find_hidden("he&#108;lo", None)
    assert found is not None
    assert found.text == "hello"
    assert found.places == [(0, 1), (1, 2), (2, 8), (8, 9), (9, 10)]


def test_more_than_anybody_should_decode_is_refused() -> None:
    with pytest.raises(TooMuchEncoded, match="more than 8,192 characters of it are encoded"):
        find_hidden(base64.b64encode(b"a" * (MAX_DECODED + 1)).decode(), None)
    with pytest.raises(TooMuchEncoded, match="more than 8,192 characters"):
        find_hidden("%61 " * (MAX_DECODED + 1), None)


def test_a_long_binary_blob_is_no_text() -> None:
    assert find_hidden(base64.b64encode(bytes(range(256)) * 100).decode(), None) is None


def test_the_open_run_is_the_last_word_or_reversed_stretch() -> None:
    assert open_run("hello wor") == 6
    assert open_run("hello ") == 6
    assert open_run("a \u202eolleh wor") == 2
    assert open_run("a \u202eolleh\u202c ") == 10


def test_two_escapes_are_one_character_beyond_the_first_plane() -> None:
    found = find_hidden("x\\ud835\\udc1b!", None)
    assert found is not None
    assert (found.text, found.places[1]) == ("x𝐛!", (1, 13))


def test_what_is_encoded_may_hold_unseen_characters() -> None:
    for unseen in ("\u200b", "\u00ad", "\u202e", "\u2003", "\U000e0061"):
        token = base64.b64encode(f"bad{unseen} words here".encode()).decode()
        found = find_hidden(token, None)
        assert found is not None, repr(unseen)
        assert found.text == f"bad{unseen} words here"
