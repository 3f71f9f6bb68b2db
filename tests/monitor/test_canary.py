"""Answers to the same questions: chance, or other than before."""

import random

import pytest

from llmops.monitor.canary import compare_answers

WORDS = [f"w{n}" for n in range(30)]


def answers(draw: random.Random, shift: int = 0) -> str:
    return " ".join(f"{word}{shift or ''}" for word in draw.sample(WORDS, 12))


def test_the_same_answers_speak_for_nothing() -> None:
    assert compare_answers([["a b", "a b"]] * 20, ["a b"] * 20) == (1.0, 0.0, 0.0, 20)


def test_other_answers_are_found_at_once() -> None:
    found = compare_answers([["a b"] * 3] * 20, ["c d"] * 20)
    assert (found.distance, found.before, found.questions) == (1.0, 0.0, 20)
    assert found.p == pytest.approx(0.25**20, rel=0.01)


def test_answers_that_vary_anyway_are_found_rarely_and_a_change_among_them_surely() -> None:
    draw = random.Random(5)
    ps = []
    for _ in range(300):
        before = [[answers(draw) for _ in range(3)] for _ in range(15)]
        ps.append(compare_answers(before, [answers(draw) for _ in range(15)]).p)
    assert all(sum(p <= level for p in ps) <= level * 300 + 3 for level in (0.01, 0.05, 0.2))
    assert compare_answers(before, [answers(draw, 7) for _ in range(15)]).p < 1e-6


def test_questions_without_an_answer_are_left_out() -> None:
    assert compare_answers([["a", "a"], ["b", "b"], ["c"]], [None, "b", "c"]) == (1.0, 0.0, 0.0, 1)
    assert compare_answers([["a", "a"]], [None]) == (1.0, 0.0, 0.0, 0)
