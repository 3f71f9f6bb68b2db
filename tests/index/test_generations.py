"""Which generation serves which configuration."""

from datetime import timedelta

from llmops.backends.hashed import HashEmbedder
from llmops.domain.corpus import ChunkingSpec, RagSpec, RetrievalSpec, SourceSpec
from llmops.domain.manifest import Generation
from llmops.index.generations import find_generation, new_generation, why_new
from tests.support.corpora import NOW

SPEC = RagSpec(sources=(SourceSpec(files="*.md"),), embedding="offline/hash")
CUT = SPEC.model_copy(update={"chunking": ChunkingSpec(size=50)})


def made(spec: RagSpec = SPEC, dimension: int = 64) -> Generation:
    return new_generation("docs", spec, HashEmbedder(dimension), "exact", NOW)


def test_a_generation_belongs_to_sources_chunking_and_embedding() -> None:
    generation = made()
    retrieved = SPEC.model_copy(update={"retrieval": RetrievalSpec(k=9), "description": "other"})
    assert find_generation([generation], retrieved) == generation
    assert find_generation([generation], CUT) is None
    assert find_generation([], SPEC) is None


def test_ids_differ_with_configuration_and_embedder_and_with_nothing_else() -> None:
    assert len({made().uid, made(CUT).uid, made(dimension=32).uid}) == 3
    assert made().uid == made().uid
    assert len(made().uid) == 12


def test_the_embedder_decides_where_it_is_known() -> None:
    one, two = made(), made(dimension=32)
    assert find_generation([one, two], SPEC, HashEmbedder(32).identity) == two
    assert find_generation([one], SPEC, HashEmbedder(32).identity) is None


def test_of_two_the_one_synced_last_serves() -> None:
    one = made().model_copy(update={"synced_at": NOW + timedelta(hours=1)})
    two = made(dimension=32).model_copy(update={"synced_at": NOW})
    assert find_generation([two, one], SPEC) == one


def test_another_version_of_the_chunker_needs_a_generation_of_its_own() -> None:
    old = made().model_copy(update={"pipeline": "0"})
    assert find_generation([old], SPEC) is None
    assert why_new([old], SPEC) == (
        f"this version of llmops reads or cuts documents otherwise than generation {old.uid}"
    )


def test_generations_of_earlier_pipelines_are_kept_in_step_as_they_are() -> None:
    for number in ("1", "2"):
        before = made().model_copy(update={"pipeline": number})
        assert find_generation([before], SPEC) == before
    assert made().pipeline == "3"


def test_the_reason_names_what_changed() -> None:
    assert why_new([], SPEC) == "nothing has been built yet"
    assert why_new([made()], CUT) == f"chunking changed since generation {made().uid}"
    both = CUT.model_copy(update={"sources": (SourceSpec(files="*.txt"),)})
    assert why_new([made()], both) == f"sources and chunking changed since generation {made().uid}"
    assert why_new([made()], SPEC, "new model") == (
        f"the embedding model is new model now; generation {made().uid} was built with offline/hash-64;1"
    )
