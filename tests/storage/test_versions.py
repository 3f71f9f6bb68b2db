"""Versions: numbered, immutable, found by number, digest and name."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.errors import Conflict, InvalidRef
from llmops.core.hashing import Json, digest
from llmops.domain.artifact import Origin
from llmops.storage.store import Store
from tests.support.examples import NOW, add_version, move_alias

# What JSON can hold and both databases keep; half a surrogate pair is no Unicode and has no canonical JSON.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def test_a_version_is_found_again(store: Store) -> None:
    origin = Origin(message="first", author="anna", git_commit="abc123", git_dirty=True)
    added, created = store.versions.add("prompt", "support/answer", "sha256:" + "a" * 64, {"body": "Hi"}, origin, NOW)
    assert created
    assert added.number == 1
    assert store.versions.get("prompt", "support/answer", 1) == added
    assert store.versions.latest("prompt", "support/answer") == added
    assert store.versions.of("prompt", "support/answer") == [added]
    assert store.versions.get("prompt", "support/answer", 2) is None
    assert store.versions.get("rag", "support/answer", 1) is None
    assert store.versions.latest("prompt", "other") is None


def test_the_same_digest_is_the_same_version(store: Store) -> None:
    first, _ = store.versions.add("prompt", "answer", "sha256:" + "a" * 64, {"body": "Hi"}, Origin(), NOW)
    second, _ = store.versions.add("prompt", "answer", "sha256:" + "b" * 64, {"body": "Ho"}, Origin(), NOW)
    later = NOW + timedelta(days=1)
    again = store.versions.add("prompt", "answer", first.digest, {"body": "Hi"}, Origin(message="again"), later)
    assert again == (first, False)
    assert second.number == 2
    assert len(store.versions.of("prompt", "answer")) == 2


def test_a_number_from_elsewhere_is_kept_where_it_is_free(store: Store) -> None:
    def add(letter: str, number: int | None = None) -> int:
        wanted = "sha256:" + letter * 64
        return store.versions.add("prompt", "answer", wanted, {"body": letter}, Origin(), NOW, number)[0].number

    assert [add("a", 3), add("b", 3), add("c", 1), add("d"), add("a", 9)] == [3, 4, 1, 5, 3]
    assert [version.number for version in store.versions.of("prompt", "answer")] == [1, 3, 4, 5]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=JSON, message=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_content_comes_back_with_the_same_digest(store: Store, content: Json, message: str) -> None:
    wanted = digest("prompt", content)
    version, _ = store.versions.add("prompt", "any", wanted, content, Origin(message=message), NOW)
    found = store.versions.get("prompt", "any", version.number)
    assert found is not None
    assert digest("prompt", found.content) == wanted
    assert store.versions.by_digest("prompt", "any", wanted) == found


def test_a_digest_may_be_shortened_until_it_is_ambiguous(store: Store) -> None:
    for tail in ("1", "2"):
        store.versions.add("prompt", "answer", "sha256:" + "abcdef01" + tail * 56, {"n": tail}, Origin(), NOW)
    found = store.versions.by_digest("prompt", "answer", "sha256:abcdef012")
    assert found is not None
    assert found.number == 2
    with pytest.raises(InvalidRef, match="prompt/answer@sha256:abcdef01 is ambiguous") as caught:
        store.versions.by_digest("prompt", "answer", "sha256:abcdef01")
    assert caught.value.hint == "Write more digits."
    assert store.versions.by_digest("prompt", "other", "sha256:abcdef01") is None


@pytest.mark.parametrize("wildcard", ["sha256:________", "sha256:%", "%", "SHA256:ABCDEF01", "sha256:ab' OR 1=1 --"])
def test_a_digest_is_no_pattern(store: Store, wildcard: str) -> None:
    store.versions.add("prompt", "answer", "sha256:" + "abcdef01" * 8, {"body": "50 % off_"}, Origin(), NOW)
    assert store.versions.by_digest("prompt", "answer", wildcard) is None
    assert store.versions.referring(wildcard) == ([] if wildcard != "%" else store.versions.of("prompt", "answer"))
    assert store.versions.referring("50 _ off") == []


def test_artifacts_are_listed_with_their_latest_version_and_aliases(store: Store) -> None:
    first, second = add_version(store, {"body": "1"}), add_version(store, {"body": "2"})
    add_version(store, {"sources": []}, name="docs", kind="rag")
    add_version(store, {"body": "B"}, name="Bold")
    move_alias(store, first, None)
    move_alias(store, second, None, alias="development")
    listed = store.versions.artifacts()
    assert [(a.kind, a.name, a.latest) for a in listed] == [
        ("prompt", "Bold", 1),
        ("prompt", "answer", 2),
        ("rag", "docs", 1),
    ]
    assert listed[1].aliases == {"development": 2, "production": 1}
    assert listed[1].digest == second.digest
    assert listed[1].updated_at == NOW
    assert [a.name for a in store.versions.artifacts("rag")] == ["docs"]


def names(store: Store, text: str = "", **wanted: Json) -> list[str]:
    return [f"{found.kind}/{found.name}" for found in store.versions.search(text, **wanted)]


def add_library(store: Store) -> None:
    add_version(store, {"body": "Answer from the EXCERPTS."}, name="support/answer")
    add_version(store, {"body": "Fasse zusammen: Straße, 100 % Über_Sicht"}, name="summary")
    add_version(store, {"model": "openai/gpt", "parts": [{"name": "excerpts"}]}, name="docs", kind="app")


def test_searching_names_and_texts_of_the_latest_versions(store: Store) -> None:
    add_library(store)
    assert names(store, "excerpts") == ["app/docs", "prompt/support/answer"]
    assert names(store, "EXCERPTS answer") == ["prompt/support/answer"]
    assert names(store, "support") == ["prompt/support/answer"]
    assert names(store, "STRASSE über") == ["prompt/summary"]
    assert names(store, "gpt", kind="app") == ["app/docs"]
    assert names(store, "gpt", kind="prompt") == []
    assert names(store, "\0 gpt\0") == ["app/docs"]
    assert names(store) == ["app/docs", "prompt/summary", "prompt/support/answer"]
    add_version(store, {"body": "Answer at once."}, name="support/answer")
    assert names(store, "excerpts") == ["app/docs"]


def test_searching_by_message(store: Store) -> None:
    store.versions.add("prompt", "a", "sha256:" + "a" * 64, {}, Origin(message="Shorter answers"), NOW)
    assert names(store, "shorter") == ["prompt/a"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("%", ["prompt/summary"]), ("_", ["prompt/summary"]), ("100 %", ["prompt/summary"]), ("10_", []), ("\\", []),
     ("' OR 1=1 --", []), ("(?i)a", [])],
)  # fmt: skip
def test_a_search_is_no_pattern(store: Store, text: str, found: list[str]) -> None:
    add_library(store)
    assert names(store, text) == found


def test_searching_by_tags_of_any_version(store: Store) -> None:
    first, second = add_version(store, {"body": "1"}), add_version(store, {"body": "2"})
    other = add_version(store, {"body": "other"}, name="other")
    store.tags.set(first, "team", "search")
    store.tags.set(first, "risk", "low")
    store.tags.set(second, "risk", "high")
    store.tags.set(other, "team", "search")
    assert names(store, tags={"team": "search"}) == ["prompt/answer", "prompt/other"]
    assert names(store, tags={"team": "search", "risk": "low"}) == ["prompt/answer"]
    assert names(store, tags={"team": "search", "risk": "high"}) == []  # no version has both
    assert names(store, "other", tags={"team": "search"}) == ["prompt/other"]
    assert names(store, tags={"team": "SEARCH"}) == []


def test_a_page_of_a_search(store: Store) -> None:
    made = [add_version(store, {"body": "x"}, name=name) for name in ("b", "B", "a", "c", "a-b", "a/b")]
    move_alias(store, made[2], None)
    everything = names(store)
    assert everything == ["prompt/B", "prompt/a", "prompt/a-b", "prompt/a/b", "prompt/b", "prompt/c"]
    assert names(store, limit=2) == everything[:2]
    assert names(store, limit=2, offset=4) == everything[4:]
    assert names(store, limit=0) == []
    assert names(store, offset=5) == everything[5:]
    assert store.versions.search(limit=1, offset=1)[0].aliases == {"production": 1}


def test_a_listing_says_what_the_versions_say(store: Store) -> None:
    add_version(store, {"body": "1"})
    last = add_version(store, {"body": "2"})
    add_version(store, {"body": "1"})
    (listed,) = store.versions.artifacts()
    assert (listed.latest, listed.digest, listed.updated_at) == (2, last.digest, last.created_at)
    store.versions.remove("prompt", "answer")
    assert store.versions.artifacts() == []


def test_referring_finds_versions_that_pin_a_digest(store: Store) -> None:
    part = add_version(store, {"body": "1"})
    app = add_version(store, {"prompt": {"name": "answer", "digest": part.digest}}, name="docs", kind="app")
    add_version(store, {"prompt": {"name": "answer", "digest": "sha256:" + "0" * 64}}, name="other", kind="app")
    assert store.versions.referring(part.digest) == [app]


def test_removing_takes_all_versions_but_none_that_an_alias_holds(store: Store) -> None:
    version = add_version(store, {"body": "1"})
    add_version(store, {"body": "2"})
    assert store.versions.remove("prompt", "answer") == 2
    assert store.versions.of("prompt", "answer") == []
    assert store.versions.remove("prompt", "answer") == 0
    version = add_version(store, {"body": "1"})
    move_alias(store, version, None)
    with pytest.raises(Conflict, match="prompt/answer cannot be removed: production is version 1"):
        store.versions.remove("prompt", "answer")
    assert store.versions.of("prompt", "answer") == [version]


def test_what_postgresql_cannot_keep_is_a_clear_error(store: Store) -> None:
    if store.database.is_sqlite:
        added, _ = store.versions.add("prompt", "a", "sha256:" + "a" * 64, {}, Origin(message="a\0b"), NOW)
        assert store.versions.get("prompt", "a", 1) == added
        return
    from llmops.core.errors import StoreError

    with pytest.raises(StoreError, match="a text with a NUL character cannot be stored"):
        store.versions.add("prompt", "a", "sha256:" + "a" * 64, {}, Origin(message="a\0b"), NOW)
    assert store.versions.of("prompt", "a") == []
