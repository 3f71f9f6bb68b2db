"""File globs as people write them."""

import pytest

from llmops.core.errors import InputError
from llmops.index.sources.globs import compile_glob


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("docs/**/*.md", ["docs/a.md", "docs/x/y/a.md"], ["docs/a.txt", "a.md", "docs/a.md/b"]),
        ("docs/*.md", ["docs/a.md"], ["docs/x/a.md"]),
        ("**/*.md", ["a.md", "x/a.md"], ["a.mdx"]),
        ("docs/**", ["docs/a", "docs/x/y"], ["other/a"]),
        ("guide.{md,html}", ["guide.md", "guide.html"], ["guide.txt"]),
        ("v[0-9]/?.md", ["v1/a.md"], ["va/a.md", "v1/ab.md"]),
        ("v[!0-9]/a.md", ["vx/a.md"], ["v1/a.md", "v//a.md"]),
        ("./docs/a+b (1).md", ["docs/a+b (1).md"], ["docs/aab 1.md"]),
    ],
)
def test_a_glob_matches_whole_paths(pattern: str, matching: list[str], other: list[str]) -> None:
    glob = compile_glob(pattern)
    assert [path for path in matching if not glob.matches(path)] == []
    assert [path for path in other if glob.matches(path)] == []


@pytest.mark.parametrize(
    ("pattern", "base", "depth"),
    [
        ("docs/guide/*.md", "docs/guide", 1),
        ("docs/*/a.md", "docs", 2),
        ("docs/**/*.md", "docs", None),
        ("*.md", "", 1),
        ("docs/a.md", "docs", 1),
    ],
)
def test_the_walk_begins_where_the_glob_does(pattern: str, base: str, depth: int | None) -> None:
    glob = compile_glob(pattern)
    assert (glob.base, glob.depth) == (base, depth)


@pytest.mark.parametrize(
    "pattern", ["/etc/*.md", "../other/*.md", "docs/../../x.md", "", "C:\\docs\\*.md", "c:/docs/*.md"]
)
def test_a_glob_stays_below_the_workspace(pattern: str) -> None:
    with pytest.raises(InputError, match="does not stay below the workspace"):
        compile_glob(pattern)


@pytest.mark.parametrize("pattern", ["docs/[ab.md", "docs/*.{md,txt"])
def test_an_unclosed_bracket_is_said(pattern: str) -> None:
    with pytest.raises(InputError, match="is never closed"):
        compile_glob(pattern)
