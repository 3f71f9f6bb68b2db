"""Text is cut where its subject changes."""

from llmops.backends.hashed import HashEmbedder
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.index.chunking.semantic import SemanticChunker
from tests.support.indexes import CountingEmbedder

CATS = ["Cats sleep all day.", "A cat and other cats purr.", "Cats like a warm place.", "The cat sleeps, cats purr."]
BONDS = ["Bonds pay interest.", "A bond has a price.", "Interest moves the price of bonds.", "A bond pays its price."]
RAIN = ["Rain falls in spring.", "Spring rain is cold.", "Cold rain falls again.", "In spring cold rain falls."]


def chunks(text: str, size: int) -> list[str]:
    spans = SemanticChunker(ChunkingSpec(method="semantic", size=size, overlap=0), HashEmbedder()).spans(
        Document(source="files", key="a", text=text)
    )
    return [text[span.start : span.end] for span in spans]


def test_cuts_lie_between_subjects_and_not_where_a_chunk_is_full() -> None:
    subjects = [" ".join(subject) for subject in (CATS, BONDS, RAIN)]
    assert chunks(" ".join(subjects), size=34) == subjects


def test_what_is_too_long_is_cut_at_its_widest_gap() -> None:
    found = chunks(" ".join([*CATS, *BONDS]), size=26)
    assert " ".join(CATS[:4]) in " ".join(found[:2])
    assert not any("cat" in chunk.lower() and "bond" in chunk.lower() for chunk in found)


def test_each_sentence_is_embedded_once_and_a_short_text_not_at_all() -> None:
    embedder = CountingEmbedder()
    chunker = SemanticChunker(ChunkingSpec(method="semantic", size=24, overlap=0), embedder)
    chunker.spans(Document(source="files", key="a", text=" ".join(CATS[:2])))
    assert embedder.asked == []
    chunker.spans(Document(source="files", key="a", text=" ".join([*CATS, *BONDS])))
    assert embedder.asked == [*CATS, *BONDS]


def test_a_sentence_that_is_too_big_is_cut_between_words() -> None:
    found = chunks("word " * 50 + ". End here now.", size=12)
    assert all(len(HashEmbedder().token_spans(chunk)) <= 12 for chunk in found)
