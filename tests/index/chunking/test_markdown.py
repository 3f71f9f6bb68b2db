"""Markdown is cut where its author cut it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.backends.hashed import HashEmbedder
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.index.chunking.markdown import MarkdownChunker, blocks

EMBEDDER = HashEmbedder()


def chunks(text: str, size: int = 40, overlap: int = 0) -> list[tuple[str, list[str]]]:
    chunker = MarkdownChunker(ChunkingSpec(size=size, overlap=overlap), EMBEDDER)
    spans = chunker.spans(Document(source="files", key="a.md", text=text))
    return [(text[span.start : span.end], span.metadata.get("headings", [])) for span in spans]


def test_each_section_is_a_chunk_with_its_path() -> None:
    text = "Intro.\n\n# Guide\n\nHello.\n\n## Install ##\n\npip.\n\n## Use\n\nRun it.\n\n# Other\n\nEnd.\n"
    assert chunks(text) == [
        ("Intro.", []),
        ("# Guide\n\nHello.", ["Guide"]),
        ("## Install ##\n\npip.", ["Guide", "Install"]),
        ("## Use\n\nRun it.", ["Guide", "Use"]),
        ("# Other\n\nEnd.", ["Other"]),
    ]


def test_a_heading_without_text_joins_the_deeper_one_after_it() -> None:
    assert chunks("# Guide\n\n## Install\n\npip.\n") == [("# Guide\n\n## Install\n\npip.", ["Guide", "Install"])]
    assert chunks("## Empty\n\n# Next\n\nText.\n") == [("## Empty", ["Empty"]), ("# Next\n\nText.", ["Next"])]


def test_underlined_headings_count_too() -> None:
    text = "Guide\n=====\n\nHello.\n\nInstall\n---\npip.\n"
    assert [path for _, path in chunks(text)] == [["Guide"], ["Guide", "Install"]]


def test_what_looks_like_a_heading_in_code_is_none() -> None:
    text = "# Real\n\n```sh\n# a comment\npip install llmops\n```\n\n~~~\n```\n# another\n~~~\n"
    assert [path for _, path in chunks(text)] == [["Real"]]
    assert [block.sort for block in blocks(text)] == ["heading", "solid", "solid"]


def test_headings_are_shown_without_their_markup() -> None:
    assert chunks("# The `llmops` [guide](guide.md) **now** #\n\nx")[0][1] == ["The llmops guide **now"]


def test_a_table_is_cut_only_if_it_is_larger_than_a_chunk_and_then_between_rows() -> None:
    table = "\n".join(f"| row{n} | value{n} |" for n in range(4))
    before = "one two three four five six seven eight"
    assert [text for text, _ in chunks(f"{before}\n\n{table}", size=24)] == [before, table]
    cut = [text for text, _ in chunks(table, size=12)]
    assert cut == ["| row0 | value0 |\n| row1 | value1 |", "| row2 | value2 |\n| row3 | value3 |"]


def test_a_table_without_outer_bars_is_one_too() -> None:
    text = "name | value\n--- | ---\na | 1\n\nProse with a | in it."
    assert [block.sort for block in blocks(text)] == ["solid", "prose"]


def test_a_code_fence_is_never_torn_apart_nor_repeated_in_part() -> None:
    fence = "```python\nfor case in cases:\n    score(case)\n```"
    prose = "First some words that fill the chunk. Then more words after it."
    for text, _ in chunks(f"{prose}\n\n{fence}\n\n{prose}", size=26, overlap=10):
        assert fence in text or "```" not in text


def test_a_long_fence_is_cut_between_lines() -> None:
    fence = "```\n" + "\n".join(f"call number {n}" for n in range(10)) + "\n```"
    for text, _ in chunks(fence, size=12):
        assert all(line in fence.splitlines() for line in text.splitlines())


def test_a_heading_stays_with_what_follows_it() -> None:
    prose = " ".join(f"word{n}" for n in range(30))
    found = chunks(f"# Title\n\n{prose}", size=12)
    assert found[0][0].startswith("# Title\n\nword0")
    assert all(path == ["Title"] for _, path in found)


def test_a_heading_is_not_left_alone_because_its_paragraph_just_fills_a_chunk() -> None:
    prose = "One sentence of some words. " * 2 + "And the last one."
    found = [text for text, _ in chunks(f"# How does it work?\n\n{prose}", size=17)]
    assert found == [
        "# How does it work?\n\nOne sentence of some words.",
        "One sentence of some words. And the last one.",
    ]


def test_long_prose_is_cut_between_sentences_with_overlap_inside_the_section() -> None:
    text = "# T\n\n" + " ".join(f"Sentence number {n} is here." for n in range(8)) + "\n\n# U\n\nShort."
    found = [chunk for chunk, _ in chunks(text, size=20, overlap=6)]
    assert found[1].startswith("Sentence number 2 is here. Sentence number 3")
    assert found[-1] == "# U\n\nShort."


def test_front_matter_stays_whole() -> None:
    text = "---\ntitle: A\n# no heading\n---\n# Real\n\nx"
    assert [block.sort for block in blocks(text)] == ["solid", "heading", "prose"]
    assert [block.sort for block in blocks("---\n\nnot closed")] == ["prose", "prose"]


LINES = st.sampled_from(
    [
        "# A",
        "## B b",
        "text of some words.",
        "- item",
        "",
        "",
        "```",
        "~~~",
        "| a | b |",
        "a | b",
        "--- | ---",
        "---",
        "===",
        "    code",
        "####### no",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=25).map("\n".join))
def test_between_blocks_is_only_white_space(text: str) -> None:
    position = 0
    for block in blocks(text):
        assert not text[position : block.start].strip()
        assert block.start < block.end
        position = block.end
    assert not text[position:].strip()
