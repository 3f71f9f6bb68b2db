"""Listings put in order."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.domain.documents import SourceItem
from llmops.storage.spool import DuplicateKey, Entry, Spool


def entry(key: str, body: bytes | None = None, **metadata: str) -> Entry:
    return Entry(SourceItem(key, f"token of {key}", 3, 1.5, metadata, "md"), f"at {key}", body)


KEYS = st.sets(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=3))


@given(keys=KEYS)
def test_entries_come_out_in_the_order_of_code_points(keys: set[str]) -> None:
    spool = Spool()
    spool.add(entry(key) for key in keys)
    assert [item.key for item in spool.items()] == sorted(keys)
    assert len(spool) == len(keys)
    spool.close()


def test_an_entry_comes_out_as_it_went_in() -> None:
    spool = Spool()
    spool.add([entry("b", b"bytes", tenant="x"), entry("a")])
    first, second = spool.items()
    assert (dict(first.metadata), second) == ({}, entry("b", tenant="x").item)
    assert (spool.body("b"), spool.body("a"), spool.body("c")) == (b"bytes", None, None)
    assert spool.locators("a", 5) == [("a", "at a"), ("b", "at b")]
    assert spool.locators("b") == [("b", "at b")]


def test_more_than_a_page_is_read_while_others_read_too() -> None:
    spool = Spool()
    spool.add(entry(f"{number:05d}", b"x" * 100) for number in range(2500, 0, -1))
    seen: list[bytes | None] = []
    reading = threading.Thread(target=lambda: seen.extend(spool.body(f"{n:05d}") for n in range(1, 500)))
    reading.start()
    keys = [item.key for item in spool.items()]
    reading.join()
    assert (len(keys), keys == sorted(keys), set(seen)) == (2500, True, {b"x" * 100})


@pytest.mark.parametrize("apart", [0, 1500])
def test_a_key_that_stands_there_twice_is_named(apart: int) -> None:
    spool = Spool()
    keys = ["twice", *(f"other {number}" for number in range(apart)), "twice", "last"]
    with pytest.raises(DuplicateKey, match="twice") as caught:
        spool.add(map(entry, keys))
    assert caught.value.key == "twice"
