"""Sources whose places list in any order."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from llmops.core.errors import InputError, OutsideError
from llmops.index.sources.spooled import SpooledSource, make_entry, make_token, plain_value
from llmops.storage.spool import Entry


def test_a_listing_is_taken_once_and_sorted() -> None:
    taken = []

    def gather() -> list[Entry]:
        taken.append(1)
        return [make_entry(key, key.encode()) for key in "bca"]

    source = SpooledSource("letters", gather)
    assert ([item.key for item in source.items()], source.read("c")) == (["a", "b", "c"], b"c")
    assert ([item.key for item in source.items()], taken) == (["a", "b", "c"], [1])
    with pytest.raises(OutsideError, match="letters does not list 'd' any more"):
        source.read("d")


def test_a_listing_that_breaks_off_has_listed_nothing() -> None:
    def gather() -> Iterator[Entry]:
        yield make_entry("a", b"a")
        raise OutsideError("the connection broke")

    source = SpooledSource("letters", gather)
    for _ in range(2):
        with pytest.raises(OutsideError, match="the connection broke"):
            next(source.items())


@pytest.mark.parametrize("key", ["", "a\nb", "a\0b", "x" * 2001])
def test_a_key_that_names_no_document_is_refused(key: str) -> None:
    with pytest.raises(InputError, match="cannot name a document"):
        list(SpooledSource("letters", lambda: [make_entry(key, b"")]).items())


def test_a_document_listed_twice_is_refused() -> None:
    source = SpooledSource("letters", lambda: [make_entry("a", b"1"), make_entry("a", b"2")])
    with pytest.raises(InputError, match="source letters lists 'a' twice") as caught:
        list(source.items())
    assert caught.value.hint == "Each document needs an id of its own."


def test_the_token_is_the_version_with_the_metadata() -> None:
    assert make_token("7", None) == make_token("7", {}) == "7"
    assert len({make_token("7", {"a": 1}), make_token("7", {"a": 2}), make_token("8", {"a": 1})}) == 3
    assert make_token("7", {"a": 1, "b": 2}) == make_token("7", {"b": 2, "a": 1})
    tokens = {make_entry("a", text).item.token for text in (b"1", b"2")}
    assert len(tokens) == 2
    assert make_entry("a", b"1", version="7").item.token == make_entry("a", b"2", version="7").item.token


def test_values_of_databases_have_a_json_form() -> None:
    identity = UUID(int=5)
    values = [None, True, 3, "x", 1.5, Decimal("2.5"), date(2026, 1, 2), datetime(2026, 1, 2, 3), identity, (1, "a")]
    assert [plain_value(value, "here") for value in values] == [
        None, True, 3, "x", 1.5, 2.5, "2026-01-02", "2026-01-02T03:00:00", str(identity), [1, "a"]
    ]  # fmt: skip
    for value in (b"bytes", float("nan"), {1: 2}):
        with pytest.raises(InputError, match="here: a value of type"):
            plain_value(value, "here")
