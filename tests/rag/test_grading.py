"""A chat model that grades."""

import asyncio
from collections.abc import Mapping

import pytest

from llmops.core.errors import ModelError
from llmops.core.hashing import Json
from llmops.domain.interaction import ChatReply
from llmops.domain.usage import Usage
from llmops.rag.grading import GradingReranker

GOOD = '{"grades": [{"number": 2, "grade": 10}, {"number": 1, "grade": 5}]}'


def grade(*answers: str) -> tuple[list[float], Usage]:
    left = list(answers)

    async def ask(values: Mapping[str, Json], repeat: int) -> ChatReply:
        assert values["texts"] == ["one", "two"]
        return ChatReply(text=left.pop(0), model="m", usage=Usage(prompt_tokens=1, cost=1.0))

    return asyncio.run(GradingReranker("m", ask).rerank("q", ["one", "two"]))


def test_grades_are_scores_in_the_order_of_the_texts() -> None:
    assert grade(GOOD) == ([0.5, 1.0], Usage(prompt_tokens=1, cost=1.0))
    assert grade(f"```json\n{GOOD}\n```")[0] == [0.5, 1.0]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("sure!", "it is no JSON"),
        ("[]", "it has no list `grades`"),
        (GOOD.replace("10", "11"), "is no grade from 0 to 10"),
        (GOOD.replace("10", "true"), "is no grade from 0 to 10"),
        (GOOD.replace('"number": 2', '"number": 3'), "there is no text 3"),
        (GOOD.replace('"number": 2', '"number": 1'), "there is no text 1, or it is graded twice"),
        ('{"grades": [{"number": 1, "grade": 5}]}', "1 texts have no grade"),
    ],
)
def test_what_is_no_grading_is_asked_for_once_more(answer: str, problem: str) -> None:
    assert grade(answer, GOOD) == ([0.5, 1.0], Usage(prompt_tokens=2, cost=2.0))
    with pytest.raises(ModelError, match="m gave no grades for 2 texts, twice") as caught:
        grade(answer, answer)
    assert problem in caught.value.message
