"""Questions in other words."""

import asyncio
from collections.abc import Mapping

import pytest

from llmops.core.hashing import Json
from llmops.domain.interaction import ChatReply, Message
from llmops.domain.usage import Usage
from llmops.rag.queries import Ask, QueryWriter


def answering(text: str, seen: list[Mapping[str, Json]] | None = None) -> Ask:
    async def ask(values: Mapping[str, Json], repeat: int) -> ChatReply:
        if seen is not None:
            seen.append({**values, "repeat": repeat})
        return ChatReply(text=text, model="m", usage=Usage(prompt_tokens=3, cost=0.5))

    return ask


def written(writer: QueryWriter) -> tuple[list[str], Usage]:
    history = [Message(role="user", content="About gift cards."), Message(role="assistant", content="Yes?")]
    return asyncio.run(writer.write("How long?", history, 2))


def test_without_models_the_question_is_the_query() -> None:
    assert written(QueryWriter()) == (["How long?"], Usage())


@pytest.mark.parametrize(
    ("answer", "query"),
    [
        ("gift card validity", "gift card validity"),
        ('```\n"gift card validity"\n```', "gift card validity"),
        ("\n  gift card validity \nBecause it was asked.", "gift card validity"),
        ("", "How long?"),
        ("…!", "How long?"),
        ("x" * 9000, "x" * 2000),
    ],
)
def test_a_rewritten_question_is_one_line_of_the_answer(answer: str, query: str) -> None:
    seen: list[Mapping[str, Json]] = []
    assert written(QueryWriter(rewrite=answering(answer, seen)))[0] == [query]
    assert seen[0]["question"] == "How long?"
    assert seen[0]["turns"][0] == {"role": "user", "content": "About gift cards."}
    assert seen[0]["repeat"] == 2


@pytest.mark.parametrize(
    ("answer", "queries"),
    [
        ('{"queries": ["a", "b", "c", "d"]}', ["a", "b", "c"]),
        ('```json\n{"queries": ["a"]}\n```', ["a"]),
        ('["a", 3, "b", ""]', ["a", "b"]),
        ("1. a\n- b\n", ["a", "b"]),
        ('{"queries": "a"}', []),
        ("How long?", []),
        ("[" * 100_000, []),
    ],
)
def test_further_queries_are_read_from_any_list(answer: str, queries: list[str]) -> None:
    found, spent = written(QueryWriter(vary=answering(answer), count=3))
    assert found[0] == "How long?"
    assert found[1:] == queries
    assert (spent.tokens, spent.cost) == (3, 0.5)


def test_both_are_counted() -> None:
    found, spent = written(QueryWriter(answering("q"), answering('["r"]'), 2))
    assert found == ["q", "r"]
    assert (spent.tokens, spent.cost) == (6, 1.0)
