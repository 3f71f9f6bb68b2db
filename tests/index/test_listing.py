"""Sources against a manifest."""

from collections.abc import Iterator

import pytest

from llmops.domain.ports import SourceItem
from llmops.index import listing as module
from llmops.index.listing import Listing
from llmops.index.plan import Tally
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.files import FileSource
from llmops.index.sources.surroundings import Surroundings
from tests.support.indexes import Library


def test_without_a_generation_everything_is_new(library: Library) -> None:
    library.write({"a.md": "one", "b.md": "two"}).sync()
    sources = open_sources(library.spec.sources, Surroundings(library.root))
    listing, tally = Listing("docs", sources, library.store.corpus), Tally()
    assert [d.listed and d.listed.key for d in listing.differences(sources[0], None, tally)] == [
        "docs/a.md",
        "docs/b.md",
    ]
    assert list(listing.differences(sources[0], library.generation, tally)) == []
    assert (tally.listed, tally.known, tally.added) == (4, 2, 2)


@pytest.mark.parametrize(("most", "listings"), [(10, 1), (2, 2)])
def test_few_differences_are_not_listed_again(
    library: Library, monkeypatch: pytest.MonkeyPatch, most: int, listings: int
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", most)
    library.write({"a.md": "one", "b.md": "two", "c.md": "three"}).sync()
    library.write({"b.md": "other words", "d.md": "four"})
    (library.root / "docs" / "c.md").unlink()
    sources = open_sources(library.spec.sources, Surroundings(library.root))
    listed, items = [], FileSource.items

    def counted(source: FileSource) -> Iterator[SourceItem]:
        listed.append(source.name)
        return items(source)

    monkeypatch.setattr(FileSource, "items", counted)
    listing = Listing("docs", sources, library.store.corpus)
    seen = listing.survey(sources[0], library.generation)
    found = list(listing.again(sources[0], library.generation, seen))
    whole = list(listing.differences(sources[0], library.generation, Tally()))
    assert found == whole
    assert len(listed) - 1 == listings
    assert (seen.tally.added, seen.tally.changed, seen.tally.gone) == (1, 1, 1)
