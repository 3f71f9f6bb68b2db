"""Sources from a configuration."""

from pathlib import Path

from llmops.domain.corpus import SourceSpec
from llmops.index.sources.catalog import SOURCES, open_sources


def test_equal_specs_are_one_source(tmp_path: Path) -> None:
    spec = SourceSpec(files="*.md")
    assert [source.name for source in open_sources([spec, spec, SourceSpec(files="*.txt")], tmp_path)] == [
        "files:*.md",
        "files:*.txt",
    ]


def test_a_file_that_several_sources_find_belongs_to_the_first(tmp_path: Path) -> None:
    for name in ("a.md", "b.md", "c.txt"):
        (tmp_path / name).write_text(name)
    sources = open_sources([SourceSpec(files="*.md", exclude=("b.md",)), SourceSpec(files="*")], tmp_path)
    assert [[item.key for item in source.items()] for source in sources] == [["a.md"], ["b.md", "c.txt"]]


def test_packages_may_add_sources() -> None:
    assert (SOURCES.group, list(SOURCES)) == ("llmops.sources", ["files"])
