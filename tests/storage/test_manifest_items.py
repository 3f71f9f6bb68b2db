"""Documents of a manifest."""

from pathlib import Path

from llmops.storage.store import Store
from tests.support.indexes import Library


def test_items_are_had_whole_by_name_or_as_what_tells_a_change(store: Store, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    library = Library(tmp_path, store)
    library.write({f"{name}.md": f"# {name}\n\ntext {name}" for name in "abcde"}).sync()
    items, generation = library.store.corpus.items, library.generation.id
    [source] = library.store.corpus.sources(generation)
    whole = list(items.all(generation, source))
    assert [item.title for item in whole] == list("abcde")
    assert [(one.key, one.token) for one in items.tokens(generation, source)] == [(one.key, one.token) for one in whole]
    assert items.named(generation, source, ["docs/c.md", "docs/x.md"]) == {"docs/c.md": whole[2]}
    assert items.failed(generation) == []
