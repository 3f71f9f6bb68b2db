"""Measure chunking methods: token recall, precision and IoU of what a search finds, and what an edit costs.

    python benchmarks/chunking.py [--texts FOLDER] [--k 5] [--embedding local/all-MiniLM-L6-v2] [--only markdown,semantic]

FOLDER holds texts (`*.md`) and `questions.jsonl` with lines of `{"corpus": NAME, "question": …, "spans": [[start, end], …]}`:
the characters of NAME.md that answer the question. Yours may be such a folder, too. All texts are searched together by
exact cosine similarity for the k best chunks. The measures are those of Chroma's evaluation of chunking, counted in the
tokens of the embedding model. The best precision is what the chunks allow a perfect retriever. The second table edits one
paragraph in the middle of a text of 500 pages, and counts the chunks that are embedded anew.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from llmops.backends.catalogs import open_embedder
from llmops.core.bridge import run_sync
from llmops.core.settings import load_settings
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.domain.ports import Chunker, Embedder
from llmops.index.chunking.headers import open_header
from llmops.index.chunking.methods import open_chunker
from llmops.index.chunking.tokens import Tokens
from llmops.measures.passages import Passage, best_precision, coverage

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

TEXTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "ir" / "chunking"
SPECS = [
    *(ChunkingSpec(method="fixed", size=size, overlap=0) for size in (100, 200)),
    *(ChunkingSpec(method="sentence", size=size, overlap=0) for size in (100, 200)),
    *(ChunkingSpec(method="recursive", size=size, overlap=0) for size in (50, 100, 200)),
    ChunkingSpec(method="recursive", size=200, overlap=40),
    ChunkingSpec(method="recursive", size=50, overlap=0, parent=200),
    *(ChunkingSpec(method="markdown", size=size, overlap=0) for size in (100, 200)),
    ChunkingSpec(method="markdown", size=200, overlap=20),
    *(ChunkingSpec(method="semantic", size=size, overlap=0) for size in (50, 100, 200)),
]


def in_tokens(tokens: Tokens, name: str, start: int, end: int) -> Passage:
    """A stretch of characters as a passage of tokens."""
    return Passage(name, tokens.count(0, start), tokens.count(0, end))


def embed(embedder: Embedder, texts: Sequence[str]) -> "Vectors":
    """Embed on the background loop."""

    async def work() -> "Vectors":
        return await embedder.embed(texts)

    return run_sync(work())


def measure(folder: Path, embedder: Embedder, specs: Sequence[ChunkingSpec], k: int) -> None:
    """Print one line a configuration."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    counted = {name: Tokens(text, embedder.token_spans) for name, text in texts.items()}
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    wanted = [[in_tokens(counted[c["corpus"]], c["corpus"], *span) for span in c["spans"]] for c in cases]
    asked = embed(embedder, [case["question"] for case in cases])
    print(
        f"{len(texts)} texts, {sum(t.count(0, len(t.text)) for t in counted.values())} tokens, {len(cases)} questions,"
    )
    print(f"the {k} best chunks by {embedder.identity.partition(';')[0]}; in percent")
    print(
        f"{'method':<10} {'size':>5} {'overlap':>7}  {'':<16} {'chunks':>6} {'tokens':>6} {'recall':>7} {'precision':>9}",
        end="",
    )
    print(f" {'best':>6} {'IoU':>6} {'cut s':>6}")
    for spec in specs:
        began = time.process_time()
        passages, bodies = cut(texts, counted, embedder, spec)
        seconds = time.process_time() - began
        order = np.argsort(-(asked @ embed(embedder, bodies).T), axis=1, kind="stable")
        found = [[passages[at] for at in best_of(row, passages, k)] for row in order]
        scores = [coverage(want, got) for want, got in zip(wanted, found, strict=True)]
        best = statistics.fmean(best_precision(want, set(passages)) for want in wanted)
        recall, precision, iou = (100 * statistics.fmean(column) for column in zip(*scores, strict=True))
        size = statistics.fmean(end - start for _, start, end in passages)
        also = f"parent {spec.parent}" if spec.parent else f"+ {spec.context}" if spec.context else ""
        print(
            f"{spec.method:<10} {spec.size:>5} {spec.overlap:>7}  {also:<16} {len(passages):>6} {size:>6.0f} ", end=""
        )
        print(f"{recall:>7.1f} {precision:>9.1f} {100 * best:>6.1f} {iou:>6.1f} {seconds:>6.1f}", flush=True)


def cut(
    texts: dict[str, str], counted: dict[str, Tokens], embedder: Embedder, spec: ChunkingSpec
) -> tuple[list[Passage], list[str]]:
    """What is returned for each chunk (with parents, the parent), and what of it is embedded."""
    chunker, header = open_chunker(spec, embedder), open_header(spec, embedder)
    passages, bodies = [], []
    for name, text in texts.items():
        for span in chunker.spans(Document(source="files", key=f"{name}.md", text=text)):
            start, end = span.metadata.get("parent", (span.start, span.end))
            passages.append(in_tokens(counted[name], name, start, end))
            bodies.append(header(span.metadata, "") + text[span.start : span.end])
    return passages, bodies


def best_of(row: "Sequence[int]", passages: Sequence[Passage], k: int) -> list[int]:
    """The first k of an order, a parent at its best child only."""
    first: dict[Passage, int] = {}
    for at in row:
        first.setdefault(passages[at], at)
        if len(first) == k:
            break
    return list(first.values())


def measure_edits(embedder: Embedder) -> None:
    """Print what an edit in the middle of a long text changes, with anchors and as chunkers were before."""
    rng = random.Random(0)
    vocabulary = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(5000)]

    def paragraph() -> str:
        sentences = [" ".join(rng.choices(vocabulary, k=rng.randint(6, 24))) for _ in range(rng.randint(2, 7))]
        return " ".join(f"{sentence.capitalize()}." for sentence in sentences)

    pages = [paragraph() for _ in range(500 * 4)]
    print("\none paragraph of 2,000 (500 pages) edited, ten times elsewhere: chunks embedded anew, mean and most")
    print(f"{'method':<10} {'chunks':>6}   {'with anchors':>12}   {'without':>12}")
    for method in ("fixed", "sentence", "recursive", "markdown"):
        spec = ChunkingSpec(method=method, size=200, overlap=20)
        shown = []
        for pipeline in ("", "1"):
            chunker = open_chunker(spec, embedder, pipeline=pipeline)

            before = chunks_of(chunker, pages)
            fresh = []
            for number in range(10):
                place = 100 + 190 * number
                edited = [*pages[:place], f"New here. {pages[place]}", *pages[place + 1 :]]
                fresh.append(len(chunks_of(chunker, edited) - before))
            shown.append(f"{statistics.fmean(fresh):>6.1f} {max(fresh):>5}")
        print(f"{method:<10} {len(before):>6}   {shown[0]:>12}   {shown[1]:>12}", flush=True)


def chunks_of(chunker: Chunker, paragraphs: Sequence[str]) -> set[str]:
    """The texts of all chunks."""
    text = "\n\n".join(paragraphs)
    spans = chunker.spans(Document(source="files", key="book.txt", text=text))
    return {text[span.start : span.end] for span in spans}


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, default=TEXTS)
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--embedding", default="local/all-MiniLM-L6-v2")
    parser.add_argument("--only", default="", help="methods, with commas between them")
    asked = parser.parse_args()
    embedder = open_embedder(asked.embedding, load_settings(Path.cwd(), {}))
    if (asked.texts / "questions.jsonl").is_file():
        specs = [spec for spec in SPECS if not asked.only or spec.method in asked.only.split(",")]
        measure(asked.texts, embedder, specs, asked.k)
    else:
        print(f"{asked.texts} holds no questions.jsonl; name a folder with --texts to measure retrieval.")
    measure_edits(embedder)


if __name__ == "__main__":
    main()
