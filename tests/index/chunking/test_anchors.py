"""An edit moves the boundaries near it, and no others."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.backends.hashed import HashEmbedder
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.index.chunking.anchors import REACH, minima, runs
from llmops.index.chunking.methods import open_chunker
from llmops.index.chunking.packing import Piece, words
from llmops.index.chunking.tokens import Tokens

EMBEDDER = HashEmbedder()
SIZE = 16
METHODS = ("markdown", "recursive", "sentence", "fixed", "code", "semantic")


def chunks(method: str, text: str, pipeline: str = "") -> list[str]:
    spec = ChunkingSpec(method=method, size=SIZE, overlap=4)
    chunker = open_chunker(spec, EMBEDDER, pipeline=pipeline)
    spans = chunker.spans(Document(source="files", key="a", text=text))
    return [text[span.start : span.end] for span in spans]


def paragraph(rng: random.Random) -> str:
    sentences = [
        " ".join(f"w{rng.randrange(5000)}" for _ in range(rng.randint(2, 9))) for _ in range(rng.randint(1, 5))
    ]
    return " ".join(f"{sentence.capitalize()}." for sentence in sentences)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=3)
@given(seed=st.integers(0, 2**32), at=st.floats(0, 1), edit=st.sampled_from(["insert", "delete", "change"]))
def test_an_edit_of_one_paragraph_changes_a_bounded_number_of_chunks(
    method: str, seed: int, at: float, edit: str
) -> None:
    rng = random.Random(seed)
    paragraphs = [paragraph(rng) for _ in range(400)]
    place = int(at * 399)
    edited = list(paragraphs)
    if edit == "insert":
        edited.insert(place, paragraph(rng))
    elif edit == "delete":
        del edited[place]
    else:
        edited[place] = paragraph(rng)
    before, after = (chunks(method, "\n\n".join(text)) for text in (paragraphs, edited))
    assert len(before) > 300
    # From the anchor before the edit to the second one after it, at the very most; usually a few.
    assert len(set(after) - set(before)) <= 10 * REACH


def test_a_short_text_is_cut_as_the_first_version_cut_it() -> None:
    text = "\n\n".join(paragraph(random.Random(n)) for n in range(9))
    for method in METHODS[:4]:
        assert chunks(method, text) == chunks(method, text, pipeline="1")


def test_a_long_one_only_where_anchors_are() -> None:
    text = "\n\n".join(paragraph(random.Random(n)) for n in range(400))
    old, new = chunks("sentence", text, pipeline="1"), chunks("sentence", text)
    assert old != new
    assert len(new) <= len(old) * 1.06


def test_runs_are_at_least_as_far_apart_as_an_anchor_looks() -> None:
    rng = random.Random(3)
    text = " ".join(f"w{rng.randrange(9999)}" for _ in range(6000))
    pieces = [Piece(start, end, start) for start, end in words(text, 0, len(text))]
    found = runs(Tokens(text, EMBEDDER.token_spans), pieces, SIZE)
    assert [piece for run in found for piece in run] == pieces
    assert len(found) > 10
    assert min(len(run) for run in found) >= REACH * SIZE


def test_text_that_repeats_itself_has_no_anchors_and_needs_none() -> None:
    text = "the same words again. " * 2000
    once = chunks("sentence", text)
    assert len(set(chunks("sentence", f"Something new. {text}")) - set(once)) <= 2


def test_nothing_has_no_runs_to_speak_of() -> None:
    assert runs(Tokens("", EMBEDDER.token_spans), [], SIZE) == [[]]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=30), st.integers(1, 8))
def test_minima_are_smaller_than_all_within_reach(drawn: list[tuple[int, int]], reach: int) -> None:
    places = [sum(step for step, _ in drawn[: n + 1]) for n in range(len(drawn))]
    values = [value for _, value in drawn]
    expected = [
        n
        for n, value in enumerate(values)
        if all(value < values[m] for m in range(len(values)) if m != n and abs(places[m] - places[n]) <= reach)
    ]
    assert minima(places, values, reach) == expected
