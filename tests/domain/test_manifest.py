"""The values that the manifest of an index is made of."""

from llmops.domain.manifest import ItemWrite, ManifestItem, short_hash


def test_a_short_hash_keeps_its_parts_apart() -> None:
    assert short_hash("ab", "c") != short_hash("a", "bc") != short_hash("abc")
    assert short_hash("a") == short_hash("a")
    assert len(short_hash("Grüße")) == 32


def test_an_item_that_was_never_read_has_no_content() -> None:
    item = ManifestItem("id", "files", "a.md", "1:2:3", 2, 1.0)
    assert (item.content_hash, item.error) == ("", "")
    assert ItemWrite(item).chunks is None
