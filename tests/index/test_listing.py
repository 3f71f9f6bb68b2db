"""Sources against a manifest."""

from llmops.index.listing import Listing
from llmops.index.plan import Tally
from llmops.index.sources.catalog import open_sources
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
