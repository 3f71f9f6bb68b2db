from collections.abc import Mapping

import pytest

from llmops.core.errors import InputError, NotFound
from llmops.core.hashing import Json
from llmops.domain.ports import Scorer
from llmops.evals.scorers.text import Contains
from llmops.guard.checks.scored import ScoredText
from tests.support.guarded import noted, subject


def scorers(name: str, arguments: Mapping[str, Json], judge: str) -> Scorer:
    if name != "contains":
        raise NotFound(f"there is no scorer called {name!r}")
    return Contains(**arguments)


def test_a_score_out_of_bounds_is_found() -> None:
    check = ScoredText(scorer="contains", arguments={"value": "sorry"}, max=0, scorers=scorers)
    assert noted(check, subject("sorry, no")) == [("SCORE", "contains is 1, at most 0")]
    assert noted(check, subject("yes")) == []


def test_what_a_scorer_compares_with_can_be_given() -> None:
    check = ScoredText(scorer="contains", expectations={"answer": "yes"}, min=1, scorers=scorers)
    assert noted(check, subject("no")) == [("SCORE", "contains is 0, at least 1")]


def test_a_missing_score_is_an_error() -> None:
    check = ScoredText(scorer="contains", min=1, scorers=scorers)
    with pytest.raises(ValueError, match="contains gave no score: no expectations"):
        noted(check, subject("no"))


def test_a_scorer_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(NotFound, match="no scorer called 'contain'"):
        ScoredText(scorer="contain", min=1, scorers=scorers)
    with pytest.raises(InputError, match=r"there is no limit\nWrite min"):
        ScoredText(scorer="contains", scorers=scorers)
