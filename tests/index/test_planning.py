"""Plans: moves cost nothing, new generations know what is in the cache, and estimates say what the rest takes."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.corpus import ChunkingSpec, SourceSpec
from llmops.domain.ports import SourceItem
from llmops.index.estimate import Drawn
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.surroundings import Surroundings
from tests.support.indexes import SPEC, Library

[PLACE] = open_sources(SPEC.sources, Surroundings(Path()))


def test_a_document_under_a_new_name_is_a_move_and_costs_nothing(library: Library) -> None:
    library.write({"a.md": "one text", "b.md": "two text"}).sync()
    (library.root / "docs/a.md").rename(library.root / "docs/z.md")
    library.write({"c.md": "new text", "twin.md": "two text"})
    plan = library.plan()
    assert plan.rows() == [["add", "docs/c.md"], ["add", "docs/twin.md"], ["move", "docs/a.md -> docs/z.md"]]
    assert (plan.estimate.documents, plan.estimate.chunks, plan.estimate.tokens) == (2, 1, 2)
    assert plan.in_words().startswith("docs: 2 to add, 1 to move, 1 unchanged\nabout 1 chunk of 2 documents to embed")


def test_an_edit_counts_only_chunks_that_are_not_in_the_cache(library: Library) -> None:
    text = "# A\n\n" + "many words of text " * 3 + "\n\n# B\n\nthe end"
    library.write({"a.md": text}).sync()
    library.write({"a.md": text + " of it"})
    assert library.plan().estimate.chunks == 1
    assert library.sync().embedded == 1


def test_another_source_embeds_only_what_it_adds(library: Library) -> None:
    library.write({"a.md": "one", "b.txt": "two words"})
    library.spec = SPEC.model_copy(update={"sources": (SourceSpec(files="docs/*.md"),)})
    library.sync()
    library.spec = SPEC
    plan = library.plan()
    assert plan.reason == f"sources changed since generation {library.generation.uid}"
    assert (len(plan.changes), plan.estimate.documents, plan.estimate.tokens) == (2, 1, 2)


def test_nothing_to_do_costs_nothing(library: Library) -> None:
    library.write({"a.md": "one"}).sync()
    plan = library.plan()
    assert (plan.is_empty, plan.estimate.in_words()) == (True, "nothing to embed")
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(size=9, overlap=0)})
    assert library.plan().estimate.documents == 1


def test_of_very_many_changes_the_first_are_told_and_all_are_counted(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.write({f"{n:03}.txt": f"document {n:03} has a few words" for n in range(0, 90)}).sync()
    whole = library.write({f"{n:03}.txt": f"document {n:03} has new words" for n in range(20, 140)})
    library.remove(*(f"{n:03}.txt" for n in range(20)))
    exact = whole.plan()
    monkeypatch.setattr("llmops.index.planning.MOST_TOLD", 30)
    monkeypatch.setattr("llmops.index.estimate.MOST_DRAWN", 16)
    plan = library.plan()
    assert plan.changes == exact.changes[:30]
    assert plan.untold == {"update": 60, "add": 50}
    assert [plan.count("delete"), plan.count("update"), plan.count("add")] == [20, 70, 50]
    assert plan.in_words().startswith(
        "docs: 50 to add, 70 to update, 20 to delete, 0 unchanged\n30 of 140 changes are listed\n"
    )
    assert (plan.estimate.documents, plan.estimate.chunks, plan.held) == (120, 120, exact.held)
    assert plan.estimate.sampled <= 16
    assert plan.estimate.tokens == pytest.approx(exact.estimate.tokens, rel=0.05)


@given(sizes=st.lists(st.integers(0, 100), max_size=200), most=st.integers(1, 20))
@settings(max_examples=50, deadline=None)
def test_documents_drawn_are_spread_evenly_over_all(sizes: list[int], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("llmops.index.estimate.MOST_DRAWN", most)
        drawn = Drawn((PLACE, SourceItem(f"{n:04}", "1", size, 0.0)) for n, size in enumerate(sizes))
    assert (drawn.count, drawn.size) == (len(sizes), sum(sizes))
    places = [int(listed.key) for _, listed in drawn.kept]
    assert len(places) <= most
    steps = {later - earlier for earlier, later in pairwise(places)}
    assert len(steps) <= 1
    assert places[:1] == [0][: len(sizes)]
    if len(sizes) <= most:
        assert places == list(range(len(sizes)))
