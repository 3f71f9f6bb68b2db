"""What `.gitignore` leaves out: what git says itself."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from llmops.domain.corpus import SourceSpec
from llmops.index.sources.files import FileSource
from llmops.index.sources.ignore_files import find_ignored, is_ignored, read_ignored
from tests.support.repositories import Repository, new_repository

PATHS = ["a.md", "b.md", "docs/a.md", "docs/b.txt", "docs/sub/a.md", "docs/sub/deep/c.md", "x/docs/a.md", "x/y/a.md"]
PATTERNS = st.one_of(
    st.sampled_from(["*.md", "!a.md", "docs/", "/docs", "docs/*", "!docs/sub/", "**/sub", "docs/**", "x/**/a.md", "[ab].md",
                     "[!a].md", "?.md", "\\!a.md", "a.md ", "#a", "docs/sub/*.md", "**", "!**/", "/**/a.md", "d*s", "sub/deep"]),
    st.text("a*?/!.[]dmx\\ ", min_size=1, max_size=6),
)  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository of empty files."""
    made = new_repository(tmp_path_factory.mktemp("repository"))
    for path in PATHS:
        (made.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (made.folder / path).write_text("text")
    return made


def listed(root: Path, spec: SourceSpec) -> list[str]:
    return [item.key for item in FileSource(spec, root).items()]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(top=st.lists(PATTERNS, max_size=3), below=st.lists(PATTERNS, max_size=2))
@example(top=["*.md", "!docs/sub/a.md"], below=["!a.md"])
@example(top=["docs/"], below=["!a.md"])
def test_files_that_git_ignores_are_left_out(repository: Repository, top: list[str], below: list[str]) -> None:
    for folder, lines in (("", top), ("docs", below)):
        (repository.folder / folder / ".gitignore").write_text("\n".join(lines) + "\n")
    wanted = repository.git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
    wanted = [path for path in wanted if path and not path.endswith(".gitignore")]
    assert listed(repository.folder, SourceSpec(files="**")) == sorted(wanted)
    for folder in ("", "docs"):
        (repository.folder / folder / ".gitignore").unlink()


def test_a_file_that_leaves_nothing_out_asks_git_for_nothing(repository: Repository) -> None:
    (repository.folder / ".gitignore").write_text("*.md\n")
    assert listed(repository.folder, SourceSpec(files="**")) == ["docs/b.txt"]
    assert listed(repository.folder, SourceSpec(files="**", gitignore=False)) == sorted(PATHS)
    (repository.folder / ".gitignore").unlink()


def test_a_folder_that_a_pattern_begins_with_is_meant(repository: Repository) -> None:
    (repository.folder / ".gitignore").write_text("docs/\n*.txt\n")
    assert listed(repository.folder, SourceSpec(files="docs/*")) == ["docs/a.md"]
    (repository.folder / ".gitignore").unlink()


def test_a_workspace_inside_a_repository_follows_the_files_above_it(repository: Repository) -> None:
    (repository.folder / ".gitignore").write_text("/docs/sub/deep/\n/x\n/b.txt\n")
    assert listed(repository.folder / "docs", SourceSpec(files="**")) == ["a.md", "b.txt", "sub/a.md"]
    assert listed(repository.folder / "x", SourceSpec(files="**/*.md")) == ["docs/a.md", "y/a.md"]
    (repository.folder / ".gitignore").unlink()


def test_a_file_that_one_source_leaves_out_goes_to_the_next(tmp_path: Path) -> None:
    for path in ("a.md", "drafts/b.md"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("text")
    (tmp_path / ".gitignore").write_text("drafts/\n")
    first, second = SourceSpec(files="**/*.md"), SourceSpec(files="**/*", gitignore=False)
    assert [item.key for item in FileSource(second, tmp_path, [first]).items()] == ["drafts/b.md"]
    assert [item.key for item in FileSource(first, tmp_path, [second]).items()] == []


def test_folders_without_such_a_file_have_no_rules(tmp_path: Path) -> None:
    assert (find_ignored(tmp_path, "docs/sub"), read_ignored(str(tmp_path))) == ((), [])
    assert not is_ignored((), "a.md")
    (tmp_path / ".gitignore").write_text("# nothing\n\n   \n/\n[z-a]\n")
    assert find_ignored(tmp_path, "docs") == () or not is_ignored(find_ignored(tmp_path, "docs"), "docs/z")
