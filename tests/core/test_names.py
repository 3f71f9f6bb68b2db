"""Refs, names and ids."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import InvalidRef
from llmops.core.names import KINDS, Ref, check_alias, did_you_mean, new_id, parse_ref


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("prompt/answer@production", None, Ref("prompt", "answer", "production")),
        ("answer@3", "prompt", Ref("prompt", "answer", "3")),
        ("answer@007", "prompt", Ref("prompt", "answer", "7")),
        ("support/answer", "prompt", Ref("prompt", "support/answer")),
        ("app/docs", None, Ref("app", "docs")),
        ("prompt/prompt/x", None, Ref("prompt", "prompt/x")),
        ("app/rag/x", "app", Ref("app", "rag/x")),
        ("app/docs@sha256:0123456789ab", None, Ref("app", "docs", "sha256:0123456789ab")),
    ],
)
def test_refs_read_as_people_write_them(text: str, kind: str | None, expected: Ref) -> None:
    assert parse_ref(text, kind) == expected  # type: ignore[arg-type]


def test_a_selector_is_a_number_an_alias_or_a_digest() -> None:
    assert parse_ref("app/x@3").number == 3
    assert parse_ref("app/x@staging").alias == "staging"
    assert parse_ref("app/x@latest").alias is None
    assert parse_ref("app/x@sha256:0123456789").digest == "sha256:0123456789"


@pytest.mark.parametrize(
    "text", ["prompt/@3", "prompt/a b", "prompt/../x", "prompt/a@", "prompt/a@1.5!", "prompt//a", "app/a@sha256:xyz"]
)
def test_malformed_refs_say_which_part(text: str) -> None:
    with pytest.raises(InvalidRef, match=r"is no name|is no selector"):
        parse_ref(text)


def test_another_kind_may_stand_only_where_a_kind_is_a_default() -> None:
    assert parse_ref("prompt/answer", default="app") == Ref("prompt", "answer")
    assert parse_ref("docs", default="app") == Ref("app", "docs")
    with pytest.raises(InvalidRef, match="is of kind prompt, and here stands a app"):
        parse_ref("prompt/answer", "app")


def test_a_ref_without_kind_asks_for_one() -> None:
    with pytest.raises(InvalidRef, match="does not say what kind") as raised:
        parse_ref("answer@3")
    assert "prompt/answer" in raised.value.hint


@given(st.sampled_from(KINDS), st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}(/[a-z0-9]{1,5})?", fullmatch=True))
def test_a_written_ref_reads_back(kind: str, name: str) -> None:
    ref = Ref(kind, name, "production")  # type: ignore[arg-type]
    assert parse_ref(str(ref)) == ref


def test_reserved_words_are_no_aliases() -> None:
    with pytest.raises(InvalidRef, match="'latest' cannot be an alias"):
        check_alias("latest")


def test_ids_sort_by_time() -> None:
    ids = [new_id("run", now=t, entropy=bytes([255 - t] * 7)) for t in range(5)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 5
    assert new_id("run") != new_id("run")


def test_a_forked_process_draws_other_ids() -> None:
    new_id("run", now=0)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, " ".join(new_id("run", now=0) for _ in range(100)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 10_000).decode().split()
    os.close(reading)
    os.close(writing)
    assert len({*theirs, *(new_id("run", now=0) for _ in range(100))}) == 200


def test_a_near_word_is_suggested() -> None:
    assert did_you_mean("scorrers", ["scorers", "gates"]) == "Did you mean 'scorers'?"
    assert did_you_mean("zzz", ["b", "a"]) == "Known: a, b."
