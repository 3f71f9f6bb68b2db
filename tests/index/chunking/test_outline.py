"""What a file of source code holds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.index.chunking.outline import Part, outline
from tests.support.texts import documents

PYTHON = '''"""A module."""

import os

# About the limit.
LIMIT = 3


@cache
def first(x):  # note
    return """
not indented
"""


class Shape:
    """A shape."""

    side = 2

    # How large.
    @property
    def area(self):
        return self.side

    async def draw(self): ...
a = 1; b = 2
'''

C = """#include <stdio.h>

/* Adds.
 * Two numbers. */
static int add(int a, int b)
{
    return a + b;
}

int main(void) {
    if (add(1, 2)) {
        puts("x");
    } else {
        puts("y");
    }
}
"""

GO = """package main

// Shape is a shape.
type Shape struct {
\tSide int
}

func (s Shape) Area() int {
\treturn s.Side
}
"""

RUBY = """module Shapes
  class Square
    def area
      side * side
    end
  end
end
"""


def titles(parts: list[Part] | tuple[Part, ...]) -> list[object]:
    return [[part.title, *titles(part.parts)] if part.parts else part.title for part in parts]


def texts(source: str, *, is_python: bool = False) -> list[str]:
    return [source[part.start : part.end] for part in outline(source, is_python=is_python)]


def test_python_by_its_grammar() -> None:
    assert titles(outline(PYTHON, is_python=True)) == [
        "",
        "",
        "",
        ["def first", "", ""],
        ["class Shape", "", "", "", ["def area", "", ""], "def draw"],
        "",
    ]
    parts = texts(PYTHON, is_python=True)
    assert parts[2] == "# About the limit.\nLIMIT = 3"
    assert parts[3].startswith("@cache\ndef first")
    assert parts[3].endswith('not indented\n"""')
    assert parts[-1] == "a = 1; b = 2"


def test_python_that_does_not_parse_is_read_by_indentation() -> None:
    assert texts("def f(:\n    x\n\ndef g():\n    y\n", is_python=True) == ["def f(:\n    x", "def g():\n    y"]


def test_c_by_indentation() -> None:
    parts = texts(C)
    assert parts[0] == "#include <stdio.h>"
    assert parts[1].startswith("/* Adds.")
    assert parts[1].endswith("}")
    assert [part.title for part in outline(C)] == ["", "static int add(int a, int b)", "int main(void)"]


def test_go_and_ruby_by_indentation() -> None:
    assert [part.title for part in outline(GO)] == ["", "type Shape struct", "func (s Shape) Area() int"]
    (module,) = outline(RUBY)
    assert module.title == "module Shapes"
    assert [part.title for part in module.parts] == ["", "class Square", ""]
    assert [part.title for part in module.parts[1].parts] == ["", "def area", ""]


def check(parts: list[Part] | tuple[Part, ...], text: str, start: int, end: int) -> None:
    for part in parts:
        assert not text[start : part.start].strip()
        assert start <= part.start < part.end
        if part.parts:
            check(part.parts, text, part.start, part.end)
        start = part.end
    assert not text[start:end].strip()


CLASS = ["class A:", "    def g(self):", "        return 2", "    x = 1", "# c", "@d", "def f():"]
OTHER = ["", "}", "else {", "\tend", "if x:", "'''", "a; b"]
LINES = st.sampled_from([*CLASS, *OTHER])


@settings(max_examples=60)
@given(st.one_of(documents(), st.lists(LINES, max_size=30).map("\n".join), st.text(max_size=40)), st.booleans())
def test_parts_are_in_order_and_leave_out_only_white_space(text: str, is_python: bool) -> None:
    check(outline(text, is_python=is_python), text, 0, len(text))
