"""Plans: moves cost nothing, new generations know what is in the cache, and estimates say what the rest takes."""

from llmops.domain.corpus import ChunkingSpec, SourceSpec
from tests.support.indexes import SPEC, Library


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
