"""Blocks: complete ones come out once, in the order they ended; open ones wait, also through a restart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.measures.blocks import Block, Blocks, blocks_from_json, fill_blocks


def test_blocks_close_when_nothing_more_will_come() -> None:
    blocks, done = fill_blocks(Blocks(), ["a", "b", "a", "c"], [1.0, 2.0, 5.0, 9.0], [0.0, 1.0, 1.0, 0.5], closed=6.0)
    assert done == [Block("b", 1.0, 1, 2.0), Block("a", 0.5, 2, 5.0)]
    assert blocks == Blocks((("c", (0.5, 1, 9.0)),))
    blocks, done = fill_blocks(blocks, ["c"], [10.0], [1.0], closed=11.0)
    assert done == [Block("c", 0.75, 2, 10.0)]
    assert blocks == Blocks()


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), max_size=40), st.integers(0, 40))
def test_no_value_is_lost_or_counted_twice(rows: list[tuple[str, int]], cut: int) -> None:
    times = [float(place) for place in range(len(rows))]
    blocks, found = Blocks(), []
    for part in (slice(0, cut), slice(cut, None)):
        keys, values = [key for key, _ in rows[part]], [float(value) for _, value in rows[part]]
        blocks, done = fill_blocks(blocks, keys, times[part], values, closed=times[part][-1] - 5 if values else 0.0)
        blocks = blocks_from_json(json.loads(json.dumps(blocks.to_json())))
        found += done
    _, rest = fill_blocks(blocks, [], [], [], closed=1e9)
    assert sum(block.count for block in found + rest) == len(rows)
    assert sum(block.mean * block.count for block in found + rest) == pytest.approx(sum(value for _, value in rows))
