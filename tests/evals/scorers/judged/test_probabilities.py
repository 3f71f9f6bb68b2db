"""The grade weighted by the probabilities of what might have been written instead."""

import math

import pytest

from llmops.domain.interaction import Token
from llmops.evals.scorers.judged.probabilities import expected_grade


def written(grade: str, **chances: float) -> list[Token]:
    top = {text.removeprefix("_"): math.log(chance) for text, chance in chances.items()}
    texts = ['{"reason": "a ', '"', "score", '"', ': 9", "', "score", '":', " "]
    rest = [Token(text=text, logprob=0.0) for text in texts]
    return [*rest, Token(text=grade, logprob=top.get(grade, 0.0), top=top), Token(text="}", logprob=0.0)]


def test_the_grade_is_the_mean_over_what_might_have_stood_there() -> None:
    assert expected_grade(written("4", _4=0.5, _5=0.3, _3=0.2), 4, 1, 5) == pytest.approx(4.1)


def test_what_is_no_grade_on_the_scale_has_no_weight() -> None:
    tokens = written("4", _4=0.4, _5=0.4, _9=0.1, _x=0.05, _0=0.05)
    assert expected_grade(tokens, 4, 1, 5) == pytest.approx(4.5)


def test_without_probabilities_there_is_none() -> None:
    assert expected_grade([], 4, 1, 5) is None
    assert expected_grade([Token(text="4", logprob=0.0)], 4, 1, 5) is None


def test_a_grade_of_several_tokens_has_none() -> None:
    """ "1" and "0" for 10: the alternatives of the first digit are no grades."""
    tokens = [Token(text='{"score": ', logprob=0.0), Token(text="1", logprob=0.0), Token(text="0", logprob=0.0)]
    assert expected_grade(tokens, 10, 1, 10) is None
