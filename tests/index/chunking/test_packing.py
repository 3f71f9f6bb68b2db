"""Splitting what is too big and packing what is small."""

from llmops.backends.hashed import HashEmbedder
from llmops.index.chunking.packing import Piece, lines, pack, paragraphs, phrases, split, trim, words
from llmops.index.chunking.tokens import Tokens

SPANS = HashEmbedder().token_spans


def cut(text: str, stretches: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in stretches]


def pieces(text: str, stretches: list[tuple[int, int]]) -> list[Piece]:
    return [Piece(start, end, start) for start, end in stretches]


def test_splitters() -> None:
    text = "One. Two\nthree.\n\n \nFour"
    assert [part.strip() for part in cut(text, paragraphs(text, 0, len(text)))] == ["One. Two\nthree.", "Four"]
    assert cut(text, lines(text, 0, len(text))) == ["One. Two", "three.", "Four"]
    assert cut(text, phrases(text, 0, len(text))) == ["One.", "Two\nthree.", "Four"]
    assert cut(text, words(text, 0, 8)) == ["One.", "Two"]


def test_only_what_is_too_big_is_split_further() -> None:
    text = "Small one\n\nThis is a paragraph. With two sentences of some length\n\nLast"
    found = split(Tokens(text, SPANS), (0, len(text)), 6, (paragraphs, phrases, words))
    assert cut(text, found) == ["Small one", "This is a paragraph.", "With two sentences of some length", "Last"]


def test_a_word_of_many_tokens_is_cut_inside() -> None:
    text = "a,b,c,d,e"
    assert cut(text, split(Tokens(text, SPANS), (0, len(text)), 4, (words,))) == ["a,b,", "c,d,", "e"]


def test_chunks_are_filled() -> None:
    text = "a b c d e f g"
    tokens = Tokens(text, SPANS)
    packed = pack(tokens, pieces(text, words(text, 0, len(text))), 3, 0, whole_sentences=False)
    assert cut(text, packed) == ["a b c", "d e f", "g"]


def test_an_overlap_repeats_the_end_of_the_chunk_before() -> None:
    text = "a b c d e f g h"
    packed = pack(Tokens(text, SPANS), pieces(text, words(text, 0, len(text))), 4, 2, whole_sentences=False)
    assert cut(text, packed) == ["a b c d", "c d e f", "e f g h"]


def test_an_overlap_begins_with_a_sentence_where_it_can() -> None:
    text = "Aa bb cc. Dd ee. Ff gg hh. Ii."
    packed = pack(Tokens(text, SPANS), pieces(text, phrases(text, 0, len(text))), 8, 4, whole_sentences=True)
    assert cut(text, packed) == ["Aa bb cc. Dd ee.", "Dd ee. Ff gg hh.", "Ff gg hh. Ii."]


def test_an_overlap_gives_way_to_what_comes() -> None:
    text = "a b c\nd e f g"
    packed = pack(Tokens(text, SPANS), pieces(text, lines(text, 0, len(text))), 4, 2, whole_sentences=False)
    assert cut(text, packed) == ["a b c", "d e f g"]


def test_what_must_not_be_cut_is_not_repeated_in_part() -> None:
    text = "a b c d\ne f g"
    solid = Piece(0, 7, 7)
    packed = pack(Tokens(text, SPANS), [solid, *pieces(text, words(text, 8, 13))], 5, 2, whole_sentences=False)
    assert cut(text, packed) == ["a b c d\ne", "e f g"]


def test_trimming() -> None:
    assert trim("  a b \n", 0, 7) == (2, 5)
    assert trim("   ", 0, 3) == (3, 3)


def test_nothing_to_pack() -> None:
    assert pack(Tokens("", SPANS), [], 8, 0, whole_sentences=True) == []
