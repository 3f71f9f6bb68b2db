"""Canonical JSON and digests."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.hashing import Json, canonical_json, digest, digest_bytes, is_digest, short

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_canonical_json_reads_back(value: Json) -> None:
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(), st.integers()))
def test_key_order_changes_nothing(value: dict[str, int]) -> None:
    assert digest("x", value) == digest("x", dict(reversed(value.items())))


def test_the_tag_keeps_kinds_apart() -> None:
    assert digest("prompt", {}) != digest("suite", {})


def test_an_untagged_digest_is_the_plain_sha256() -> None:
    assert digest_bytes(b"abc") == "sha256:" + hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: 2}, {"a": [object()]}, b"bytes"])
def test_what_has_no_json_form_is_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r"no JSON form|keys must be strings"):
        canonical_json(value)


def test_digests_are_recognised_and_shortened() -> None:
    full = digest("x", 1)
    assert is_digest(full)
    assert is_digest(short(full))
    assert len(short(full)) == 19
    assert not is_digest("sha256:123")
    assert short("production") == "production"


def test_the_digest_of_bytes_is_what_sha256sum_says() -> None:
    assert digest_bytes(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
