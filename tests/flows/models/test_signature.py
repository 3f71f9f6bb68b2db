"""Signatures, inferred from examples and written down."""

import re

import numpy as np
import pandas as pd
import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.model import Column, Signature
from llmops.flows.models.signature import as_example, infer, read_signature

FRAME = pd.DataFrame(
    {
        "age": [31, 44], "income": [1.5, float("nan")], "city": ["Rome", None], "paid": [True, False],
        "since": pd.to_datetime(["2026-01-01", None]), "plan": pd.Categorical(["a", "b"]),
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ([{"age": 31, "city": "Rome"}, {"age": 1.5}], ["age: float64", "city: string or missing"]),
        ({"age": 31, "ok": True}, ["age: int64", "ok: boolean"]),
        ({"age": [31, None], "x": np.zeros((2, 3), "float32")}, ["age: int64 or missing", "x: float32[?, 3]"]),
        ([1, 2.5, None], ["float64 or missing"]),
        (["a", "b"], ["string"]),
        ([[1, 2], [3, 4], [5, 6]], ["int64[?, 2]"]),
        (np.zeros((7, 4)), ["float64[?, 4]"]),
        (np.array(["a"]), ["string[?]"]),
        (FRAME, ["age: int64", "income: float64 or missing", "city: string or missing", "paid: boolean",
                 "since: datetime or missing", "plan: string"]),
        (FRAME["age"], ["age: int64"]),
        ([{"a": 1}, {"a": "x"}], ["a: object"]),
    ],
)  # fmt: skip
def test_what_is_inferred(example: Json, told: list[str]) -> None:
    assert [str(column) for column in infer(example)] == told


@pytest.mark.parametrize("example", [[], {}, 7, None, "text"])
def test_what_says_nothing(example: Json) -> None:
    with pytest.raises(InputError, match="nothing can be inferred from") as caught:
        infer(example)
    assert "frame of pandas" in caught.value.hint


def test_rows_of_different_lengths() -> None:
    with pytest.raises(InputError, match="different lengths"):
        infer([[1, 2], [3]])


def test_the_ways_to_give_one() -> None:
    age = (Column(name="age", type="int64"),)
    assert read_signature(None, None) == Signature()
    assert read_signature(None, [{"age": 1}]) == Signature(inputs=age)
    assert read_signature(([{"age": 1}], [0.5]), None) == Signature(inputs=age, outputs=(Column(type="float64"),))
    assert read_signature({"inputs": {"age": "int64"}}, None) == Signature(inputs=age)
    assert read_signature({"inputs": [{"name": "age", "type": "int64"}]}, None) == Signature(inputs=age)
    assert read_signature(Signature(inputs=age), [1]) == Signature(inputs=age)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"input": {}}, "a signature is no dict"),
        ("float64", "a signature is no str"),
        ({"inputs": [{"names": "age"}]}, "the inputs of the signature cannot be read"),
        ({"outputs": 7}, "the outputs of the signature cannot be read"),
    ],
)
def test_what_is_no_signature(given: Json, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        read_signature(given, None)
    assert "int64" in caught.value.hint


def test_an_example_is_kept_as_its_first_rows() -> None:
    assert as_example(np.arange(20).reshape(10, 2)) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert as_example({"x": np.array([1.0, np.inf])}) == {"x": [1.0, None]}
    assert as_example(FRAME)[1] == {
        "age": 44, "income": None, "city": None, "paid": False, "since": None, "plan": "b",
    }  # fmt: skip
    assert as_example(None) is None
    with pytest.raises(InputError, match="object in the example has no JSON form"):
        as_example([object()])
    with pytest.raises(InputError, match=r"the first 5 rows of the example have 100,00\d bytes, more than 65,536"):
        as_example(["x" * 100_000])
