"""Manifest, vector store and outbox side by side, as sets and counts of all of them would have it."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from llmops.index.alignment import Aligned, align

IDS = st.sampled_from("abcdefgh")


@given(st.sets(IDS), st.lists(IDS), st.lists(IDS))
def test_each_chunk_comes_once_and_in_order(known: set[str], listed: list[str], waiting: list[str]) -> None:
    found = list(align(((cid, f"key {cid}") for cid in sorted(known)), sorted(listed), sorted(waiting)))
    times = Counter(listed)
    assert found == [
        Aligned(cid, f"key {cid}" if cid in known else None, times[cid], cid in waiting)
        for cid in sorted(known | set(listed))
    ]
