"""Tags of versions."""

import pytest

from llmops.core.errors import InputError, NotFound
from llmops.storage.store import Store
from tests.support.examples import add_version


def test_tags_are_set_changed_and_removed(store: Store) -> None:
    first, second = add_version(store, {"body": "1"}), add_version(store, {"body": "2"})
    store.tags.set(first, "team", "search")
    store.tags.set(first, "risk", "low")
    store.tags.set(second, "team", "support")
    store.tags.set(first, "team", "données = 100 %")
    assert store.tags.of(first) == {"risk": "low", "team": "données = 100 %"}
    assert store.tags.of(second) == {"team": "support"}
    assert store.tags.remove(first, "team")
    assert not store.tags.remove(first, "team")
    assert store.tags.of(first) == {"risk": "low"}


@pytest.mark.parametrize("key", ["", "1st", "a b", "a=b", "x" * 101, "team'; DROP TABLE tags"])
def test_keys_are_words(store: Store, key: str) -> None:
    version = add_version(store, {"body": "1"})
    with pytest.raises(InputError, match=r"cannot be the key of a tag\nA key begins with a letter .* team=search"):
        store.tags.set(version, key, "x")


def test_values_are_short(store: Store) -> None:
    version = add_version(store, {"body": "1"})
    store.tags.set(version, "note", "x" * 1000)
    with pytest.raises(InputError, match=r"the value of tag 'note' has 1001 characters\nAt most 1000 are allowed"):
        store.tags.set(version, "note", "x" * 1001)


def test_tags_go_with_their_versions(store: Store) -> None:
    version = add_version(store, {"body": "1"})
    store.tags.set(version, "team", "search")
    store.versions.remove("prompt", "answer")
    assert store.tags.of(version) == {}
    with pytest.raises(NotFound, match="prompt/answer@1 is not there any more"):
        store.tags.set(version, "team", "search")
    other = add_version(store, {"body": "another"})
    with pytest.raises(NotFound, match="prompt/answer@1 is not there any more"):
        store.tags.set(version, "team", "search")
    assert store.tags.of(other) == {}
