"""The grade that a judge gives, weighted by the probabilities of the tokens that it might have written instead."""

import math
import re
from collections.abc import Sequence
from typing import Final

from llmops.domain.interaction import Token

_GRADE: Final = re.compile(r'"score"\s*:\s*(?=-?\d)')


def expected_grade(tokens: Sequence[Token], grade: int, lowest: int, highest: int) -> float | None:
    """The mean of the whole numbers on the scale at the token of the grade, weighted by their probabilities.

    None where there are no probabilities, or where the grade is no token of its own, since the alternatives of "1" in "10"
    would say nothing about other grades (Liu et al. 2023, arXiv:2303.16634).
    """
    places = list(_GRADE.finditer("".join(token.text for token in tokens)))
    if not places:
        return None
    at, start = places[-1].end(), 0
    for token in tokens:
        if start <= at < start + len(token.text):
            return _weighted(token, grade, lowest, highest)
        start += len(token.text)
    return None


def _weighted(token: Token, grade: int, lowest: int, highest: int) -> float | None:
    if token.text.strip() != str(grade):
        return None
    chances: dict[int, float] = {}
    for text, logprob in {token.text: token.logprob, **token.top}.items():
        number = text.strip()
        if number.isascii() and number.isdigit() and lowest <= int(number) <= highest:
            chances[int(number)] = chances.get(int(number), 0.0) + math.exp(logprob)
    total = math.fsum(chances.values())
    return math.fsum(number * chance for number, chance in chances.items()) / total if total > 0 else None
