from hypothesis import given
from hypothesis import strategies as st

from llmops.guard.normalise.reading import Reading
from tests.support.detectors import TEXTS


def test_ascii_is_its_own_shadow() -> None:
    reading = Reading("Hello\n  World")
    assert reading.plain.data == b"Hello\n  World"
    assert reading.small.data == b"hello world"
    assert reading.layers == (reading,)
    assert reading.small.span(6, 11) == (8, 13)


def test_marks_and_signs_that_stand_for_letters_are_undone_for_phrases() -> None:
    said = [view.data for view in Reading("**h3**llo w0r1d").loose]
    assert said == [b"h3llo w0r1d", b"hello worid", b"hello world"]


def test_letters_one_by_one_are_joined() -> None:
    (view,) = Reading("say b o m b now").joined
    assert view.data == b"\0bomb"
    assert view.span(1, 5) == (4, 11)
    assert Reading("a b c").joined == ()


def test_letters_one_by_one_in_the_midst_of_words_are_mended() -> None:
    (view,) = Reading("open s e s a m e now").mended
    assert view.data == b"open sesame now"
    assert view.span(0, 11) == (0, 16)
    assert Reading("open s e s").mended == ()
    assert [view.data for view in Reading("open s e s").closing] == [b"open ses"]
    assert [view.data for view in Reading("b o m b or s e s ").closing] == [b"bomb or ses"]


def test_what_is_hidden_is_a_layer_to_a_depth_of_two() -> None:
    assert [layer.depth for layer in Reading("k&#105;ll").layers] == [0, 1]
    assert [layer.depth for layer in Reading("k%26%23105;ll").layers] == [0, 1, 2]


@given(TEXTS, st.floats(0, 1))
def test_shadows_before_the_tail_do_not_depend_on_what_follows(text: str, share: float) -> None:
    cut = int(share * len(text))
    part, whole = Reading(text[:cut]), Reading(text)
    end = part.tail
    for name in ("plain", "small"):
        mine, other = getattr(part, name), getattr(whole, name)
        kept = [place for place in mine.places() if place[1] <= end]
        assert other.data[: len(kept)] == mine.data[: len(kept)]


@given(st.text())
def test_places_lie_in_the_text(text: str) -> None:
    for layer in Reading(text).layers:
        for view in (layer.plain, layer.small, *layer.loose, *layer.joined, *layer.mended, *layer.closing):
            assert len(view.places()) == len(view.data)
            assert all(0 <= start < end <= len(text) for start, end in view.places())
