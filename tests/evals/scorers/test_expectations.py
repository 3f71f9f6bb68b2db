"""Reading expectations: acceptable answers and grades, and what is refused."""

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.evals.scorers.expectations import accepted_texts, relevant_grades


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, ()),
        ("a", ("a",)),
        (["a", "b"], ("a", "b")),
        (42, ("42",)),
        ([1.5, "x"], ("1.5", "x")),
        ([], ()),
        ("", ("",)),
    ],
)
def test_answers_may_be_one_text_or_many(value: Json, texts: tuple[str, ...]) -> None:
    assert accepted_texts({"answer": value}, "answer") == texts


def test_no_expectation_is_no_answer() -> None:
    assert accepted_texts({}, "answer") == ()


@pytest.mark.parametrize("value", [True, {"text": "a"}, [["a"]], [None]])
def test_an_answer_that_is_no_text_is_refused(value: Json) -> None:
    with pytest.raises(InputError, match=r"expectations\.answer has .*, which is no text"):
        accepted_texts({"answer": value}, "answer")


@pytest.mark.parametrize(
    ("value", "grades"),
    [
        (None, {}),
        ([], {}),
        ("docs/a.md", {"docs/a.md": 1.0}),
        (["a", "b"], {"a": 1.0, "b": 1.0}),
        ({"a": 3, "b": 0}, {"a": 3.0, "b": 0.0}),
    ],
)
def test_relevance_may_be_a_list_or_grades(value: Json, grades: dict[str, float]) -> None:
    assert relevant_grades({"relevant": value}) == grades


@pytest.mark.parametrize("value", [3, {"a": -1}, {"a": "high"}, [1, 2], {"a": True}, {"a": float("nan")}])
def test_relevance_that_cannot_be_read_is_refused(value: Json) -> None:
    with pytest.raises(InputError, match=r"expectations\.relevant is ") as caught:
        relevant_grades({"relevant": value})
    assert caught.value.hint.startswith("Write a list of document keys or context ids")
