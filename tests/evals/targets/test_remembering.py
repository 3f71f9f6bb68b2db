"""Answers of a deterministic target are kept; those of others are not (see `test_targets`)."""

import asyncio

import pytest

from llmops.core.hashing import Json
from llmops.evals.targets.function import wrap_function
from llmops.evals.targets.remembering import Remembering
from llmops.storage.store import Store


def test_an_answer_is_kept_whole_under_all_it_depends_on(sqlite_store: Store) -> None:
    asked = []

    def answer(question: str) -> dict[str, Json]:
        asked.append(question)
        return {"output": question.upper(), "contexts": ["passage"], "usage": {"latency": 0.25}}

    target = Remembering(wrap_function(answer, "shop:answer", arguments={}), sqlite_store.replies)
    first = asyncio.run(target.answer({"question": "a"}))
    again = asyncio.run(target.answer({"question": "a"}))
    other = asyncio.run(target.answer({"question": "a"}, repeat=1))
    assert asked == ["a", "a"]
    assert (first.cached, again.cached, other.cached) == (False, True, False)
    assert again == first.model_copy(update={"cached": True})
    versioned = wrap_function(answer, "shop:answer", arguments={}, version="2")
    assert not asyncio.run(Remembering(versioned, sqlite_store.replies).answer({"question": "a"})).cached


def test_a_failure_is_not_kept(sqlite_store: Store) -> None:
    def answer(question: str) -> str:
        raise KeyError(question)

    target = Remembering(wrap_function(answer, "shop:answer", arguments={}), sqlite_store.replies)
    for _ in range(2):
        with pytest.raises(KeyError, match="a"):
            asyncio.run(target.answer({"question": "a"}))
