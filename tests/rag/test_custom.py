"""A team's own retriever."""

import asyncio
from collections.abc import Iterator

import pytest

from llmops.core.errors import InputError, LlmopsError, OutsideError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context, Hits
from llmops.rag.custom import wrap_retriever

A = Context(id="a", text="first", score=0.9, metadata={"tenant": "a"})


def found(function: object, k: int | None = None, filters: dict[str, Json] | None = None, **arguments: Json) -> Hits:
    return asyncio.run(wrap_retriever(function, "own:find", "3", 2, arguments)("how", k=k, filters=filters))


def test_plain_and_async_functions_are_asked_for_what_they_take() -> None:
    def plain(question: str, k: int, filters: dict[str, Json], limit: int = 1) -> list[Context]:
        assert (question, k, filters, limit) == ("how", 2, {"tenant": "a"}, 7)
        return [A]

    async def later(question: str) -> Iterator[Json]:
        return iter([{"id": "a", "text": "first"}, {"id": "b", "text": "second"}, {"id": "c", "text": "third"}])

    hits = found(plain, filters={"tenant": "a"}, limit=7)
    assert (hits.contexts, hits.generation, hits.sequence) == ((A,), "own:find;3", 0)
    assert [context.id for context in found(later).contexts] == ["a", "b"]


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("text", "returned str 'text', which is no list"),
        (None, "returned NoneType None, which is no list"),
        ({"id": "a"}, "which is no list"),
        ([A, 3], "returned int 3 as number 2, which is no context"),
        ([{"id": "a"}], "as number 1, which is no context (text: Field required)"),
        ([{"id": "a", "text": 5}], "(text: Input should be a valid string)"),
        ([A, A], "returned the context 'a' twice"),
        ([A.model_copy(update={"score": float("nan")})], "with a score that is no number"),
    ],
)
def test_what_is_no_context_is_named(returned: object, said: str) -> None:
    with pytest.raises(InputError, match="the retriever own:find returned") as caught:
        found(lambda question: returned)
    assert said in caught.value.message
    assert caught.value.hint == "Return a list of Context(id, text, score, metadata), best first."


def test_a_context_outside_the_filters_is_an_error() -> None:
    with pytest.raises(InputError, match="'a', whose metadata does not pass the filters"):
        found(lambda question: [A], filters={"tenant": "b"})


def test_a_failure_is_named_after_the_function() -> None:
    def broken(question: str) -> list[Context]:
        raise KeyError("tenant")

    with pytest.raises(OutsideError, match="the retriever own:find failed: KeyError: 'tenant'"):
        found(broken)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (3, "is no function"),
        (lambda k: [], "does not take `question`"),
        (lambda question, index: [], "needs the argument 'index'"),
    ],
)
def test_what_cannot_be_asked(function: object, said: str) -> None:
    with pytest.raises(LlmopsError, match=said):
        found(function)
