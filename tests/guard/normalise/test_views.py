from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.views import View, is_word


def test_a_stretch_of_ascii_comes_from_where_it_stands() -> None:
    assert View(b"hello").span(1, 3) == (1, 3)
    assert View(b"abc").places() == [(0, 1), (1, 2), (2, 3)]


def test_a_stretch_of_a_folded_text_comes_from_its_characters() -> None:
    view = Reading("日ｋ\u200bｉ").small
    at = view.data.index(b"k")
    assert view.span(at, at + 2) == (1, 4)


def test_a_word_has_no_letters_against_its_ends() -> None:
    view = View("skill kill, ékill 日kill".encode())
    whole = [at for at in range(len(view.data)) if view.data[at : at + 4] == b"kill" and view.is_whole(at, at + 4)]
    assert [view.text(0, at) for at in whole] == ["skill ", "skill kill, ékill 日"]


def test_letters_of_scripts_without_spaces_are_no_borders() -> None:
    assert is_word("é".encode(), 1)
    assert not is_word("日".encode(), 1)
    assert not is_word(b"-", 0)
