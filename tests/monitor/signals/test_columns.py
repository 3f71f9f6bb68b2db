"""Values of classic models."""

import pytest

from llmops.core.errors import InputError
from llmops.monitor.signals.columns import Column
from tests.support.interactions import interaction

ONE = interaction(metadata={"age": 41, "region": "north"}, inputs={"income": {"net": "1200.5"}}, output='{"p": 0.7}')


def test_values_at_their_places() -> None:
    columns = [Column("metadata.age"), Column("inputs.income.net"), Column("output.p", type="bounded")]
    assert [column.measure(ONE) for column in columns] == [41, 1200.5, 0.7]
    assert Column("metadata.region", type="category").measure(ONE) == "north"
    assert Column("metadata.none").measure(ONE) is None
    assert (Column("output.p", type="bounded").kind, Column("output.p", better="higher").direction) == (
        "bounded",
        "higher",
    )


def test_what_is_not_of_the_type() -> None:
    with pytest.raises(ValueError, match=r"metadata.age is 41, which lies outside of 0 to 1"):
        Column("metadata.age", type="rate").measure(ONE)
    with pytest.raises(ValueError, match=r"could not convert string to float: 'north'"):
        Column("metadata.region").measure(ONE)
    with pytest.raises(InputError, match="'age' is no place"):
        Column("age")
