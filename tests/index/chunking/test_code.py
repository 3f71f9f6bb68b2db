"""Source code is cut where definitions begin and end."""

from llmops.backends.hashed import HashEmbedder
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.index.chunking.code import CodeChunker

SHAPES = '''import math


class Circle:
    """A circle."""

    def area(self):
        return math.pi * self.radius ** 2

    def grow(self, by):
        self.radius += by
        self.log.append(("grown", by))
        return self


def small():
    return 1


def smaller():
    return 2
'''


def chunks(text: str, key: str = "shapes.py", size: int = 32) -> list[tuple[str, list[str]]]:
    spans = CodeChunker(ChunkingSpec(method="code", size=size, overlap=0), HashEmbedder()).spans(
        Document(source="files", key=key, text=text)
    )
    return [(text[span.start : span.end], span.metadata.get("headings", [])) for span in spans]


def test_a_definition_that_fits_is_whole_and_small_neighbours_share_a_chunk() -> None:
    assert chunks(SHAPES) == [
        ("import math", []),
        (
            'class Circle:\n    """A circle."""\n\n    def area(self):\n        return math.pi * self.radius ** 2',
            ["class Circle"],
        ),
        (
            "    def grow(self, by):\n        self.radius += by\n"
            '        self.log.append(("grown", by))\n        return self',
            ["class Circle", "def grow"],
        ),
        ("def small():\n    return 1\n\n\ndef smaller():\n    return 2", []),
    ]


def test_what_is_too_big_is_cut_between_lines_that_keep_their_indentation() -> None:
    text = "def long():\n" + "".join(f"    step_{n}(a, b)\n" for n in range(9))
    found = chunks(text, size=14)
    assert found[0][0] == "def long():\n    step_0(a, b)"
    assert found[1][0] == "    step_1(a, b)\n    step_2(a, b)"
    assert {tuple(path) for _, path in found} == {("def long",)}


def test_what_is_no_code_is_cut_like_markdown() -> None:
    assert chunks("# Guide\n\nText.\n\n# More\n\nText.", "README.md") == [
        ("# Guide\n\nText.", ["Guide"]),
        ("# More\n\nText.", ["More"]),
    ]


def test_nothing() -> None:
    assert chunks("") == []
    assert chunks("\n\n", "a.c") == []
