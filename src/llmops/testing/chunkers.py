"""What every chunker promises, as a class to inherit."""

from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.backends.catalogs import open_embedder
from llmops.core.settings import load_settings
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.domain.ports import Chunker, Embedder, Span

_LINES: Final = st.sampled_from(
    [
        *("# Heading", "## Deeper", "Some words. And more of them, e.g. these.", "- item", "", "", "```", "| a | b |"),
        *(
            "日本語の文章。",
            "unbelievable 😀",
            "a,b,c,d,e,f,g,h,i,j,k",
            "def f(x):",
            "    return x",
            "\t",
            "word " * 40,
        ),
    ]
)
TEXTS: Final = st.one_of(st.lists(_LINES, max_size=30).map("\n".join), st.text(max_size=60))

INHERITED: Final = (HealthCheck.differing_executors,)  # a test of this class runs for every class that inherits it


class ChunkerConformance:
    """Inherit and define `open`. `key` is the document that texts are said to come from."""

    key: str = "a.md"

    def open(self, spec: ChunkingSpec, embedder: Embedder) -> Chunker:
        """Open the chunker."""
        raise NotImplementedError

    @settings(max_examples=60, suppress_health_check=INHERITED, report_multiple_bugs=False)
    @given(text=TEXTS, size=st.integers(8, 40), overlap=st.integers(0, 10))
    def test_chunks_are_in_order_cover_the_text_and_fit(self, text: str, size: int, overlap: int) -> None:
        """Every character but white space is in a chunk; none is empty, too big, or before the one before it."""
        spec = ChunkingSpec(size=size, overlap=min(overlap, size // 2))
        covered, before = 0, Span(-1, -1)
        for span in self._spans(text, spec):
            assert text[span.start : span.end].strip(), f"an empty chunk at {span.start}"
            assert before.start < span.start, f"{span} after {before}"
            assert before.end < span.end, f"{span} after {before}"
            assert not text[covered : span.start].strip(), f"nothing holds {text[covered : span.start]!r}"
            assert len(self._embedder.token_spans(text[span.start : span.end])) <= size, f"{span} is too big"
            covered, before = max(covered, span.end), span
        assert not text[covered:].strip(), f"nothing holds {text[covered:]!r}"

    @settings(max_examples=20, suppress_health_check=INHERITED)
    @given(text=TEXTS)
    def test_the_same_text_is_cut_the_same_way(self, text: str) -> None:
        """Another chunker of the same configuration cuts alike, else every sync embeds anew."""
        spec = ChunkingSpec(size=16, overlap=4)
        assert self._spans(text, spec) == self._spans(text, spec)

    @property
    def _embedder(self) -> Embedder:
        return open_embedder("offline/hash", load_settings(Path(), {}))

    def _spans(self, text: str, spec: ChunkingSpec) -> list[Span]:
        return self.open(spec, self._embedder).spans(Document(source="files", key=self.key, text=text))
