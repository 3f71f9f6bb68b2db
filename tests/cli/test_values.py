"""NAME=VALUE pairs."""

import pytest

from llmops.cli.values import read_values
from llmops.core.errors import InputError


def test_values_are_json_where_they_read_as_json() -> None:
    assert read_values(["n=3", "who=Ada", "list=[1, 2]", "flag=true", "text=a=b"]) == {
        "n": 3,
        "who": "Ada",
        "list": [1, 2],
        "flag": True,
        "text": "a=b",
    }


@pytest.mark.parametrize(
    ("pairs", "problem"), [(["x"], "is no NAME=VALUE"), (["=1"], "is no NAME=VALUE"), (["a=1", "a=2"], "given twice")]
)
def test_malformed_pairs_are_refused(pairs: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_values(pairs)
