"""Nouns as bytes, and back."""

import pytest

from llmops.core.errors import InvalidFile
from llmops.domain.artifact import Origin, Version
from llmops.registry.exchange.records import as_noun, hash_of, move_line, noun_bytes, noun_line, read_json, read_noun
from tests.support.exports import fill
from tests.support.registries import NOW, Desk

VERSION = Version(
    kind="prompt", name="a", number=2, digest="sha256:" + "a" * 64, content={"body": "Größe 😀", "x": 1.0}, created_at=NOW,
    origin=Origin(message="m"),
)  # fmt: skip


def test_a_noun_comes_back() -> None:
    assert read_noun(Version, noun_bytes(VERSION), "v.json") == VERSION
    assert read_noun(Version, noun_line(VERSION), "v.json") == VERSION
    assert "Größe 😀" in noun_bytes(VERSION).decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "v.json: this is no JSON"),
        (b"\xff", "v.json: this is no JSON"),
        (b"[NaN]", "v.json: this is no JSON: NaN is not in JSON"),
        (b"[" * 200 + b"]" * 200, "v.json: this JSON is nested too deeply"),
        (b"[" * 200_000, "v.json: this is no JSON"),
        (b"9" * 10_000, "v.json: this is no JSON"),
    ],
)
def test_what_is_no_strict_json_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InvalidFile, match=message):
        read_json(data, "v.json")


def test_what_is_another_noun_is_refused() -> None:
    with pytest.raises(InvalidFile, match=r"v.json:3: this is no Version: kind: Field required"):
        as_noun(Version, {"name": "x"}, "v.json", line=3)


def test_a_row_of_the_history_has_its_hash(desk: Desk) -> None:
    fill(desk)
    for move in desk.store.aliases.history():
        row = read_json(move_line(move), "history.jsonl")
        assert row["hash"] == move.hash == hash_of(row)
        assert hash_of({**row, "reason": "other"}) != move.hash
