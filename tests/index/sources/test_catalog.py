"""Sources from a configuration."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.core.errors import InputError, NotFound
from llmops.domain.corpus import SourceSpec
from llmops.domain.source_specs import KINDS
from llmops.index.sources.catalog import SOURCES, open_sources
from llmops.index.sources.spooled import SpooledSource, make_entry
from llmops.index.sources.surroundings import Surroundings


def test_equal_specs_are_one_source(tmp_path: Path) -> None:
    spec = SourceSpec(files="*.md")
    assert [
        source.name for source in open_sources([spec, spec, SourceSpec(files="*.txt")], Surroundings(tmp_path))
    ] == [
        "files:*.md",
        "files:*.txt",
    ]


def test_a_file_that_several_sources_find_belongs_to_the_first(tmp_path: Path) -> None:
    for name in ("a.md", "b.md", "c.txt"):
        (tmp_path / name).write_text(name)
    sources = open_sources([SourceSpec(files="*.md", exclude=("b.md",)), SourceSpec(files="*")], Surroundings(tmp_path))
    assert [[item.key for item in source.items()] for source in sources] == [["a.md"], ["b.md", "c.txt"]]


def test_packages_may_add_sources() -> None:
    assert SOURCES.group == "llmops.sources"
    assert set(SOURCES) == set(KINDS) - {"plugin"}


@pytest.fixture
def desk() -> Iterator[None]:
    """A source that a package adds, for one test."""

    @SOURCES.register("desk")
    def open_desk(spec: SourceSpec, where: Surroundings) -> SpooledSource:
        arguments = (spec.plugin or {})["desk"]
        return SpooledSource("desk", lambda: [make_entry(f"{where.root.name}/{arguments['drawer']}", b"text")])

    yield
    SOURCES._registered.pop("desk")


@pytest.mark.usefixtures("desk")
def test_a_source_of_a_package_gets_its_lines(tmp_path: Path) -> None:
    (source,) = open_sources([SourceSpec(plugin={"desk": {"drawer": 3}})], Surroundings(tmp_path))
    assert [item.key for item in source.items()] == [f"{tmp_path.name}/3"]
    with pytest.raises(NotFound, match="there is no source called 'desc'") as caught:
        open_sources([SourceSpec(plugin={"desc": {}})], Surroundings(tmp_path))
    assert caught.value.hint == "Did you mean 'desk'?"


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    specs = [SourceSpec(files="*.md", metadata={"tenant": tenant}) for tenant in "ab"]
    with pytest.raises(InputError, match=r"two sources are called files:\*\.md") as caught:
        open_sources(specs, Surroundings(tmp_path))
    assert caught.value.hint == "Make them one, or give them other patterns or queries."
