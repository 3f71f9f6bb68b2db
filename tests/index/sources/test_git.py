"""Files of git repositories."""

from pathlib import Path

import pytest

from llmops.core.errors import InputError, OutsideError, SettingsError
from llmops.core.settings import Connection
from llmops.domain.corpus import SourceSpec
from llmops.domain.source_specs import GitSpec
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.git import GitSource, copy_of, open_git, remove_copies
from llmops.index.sources.surroundings import Surroundings
from tests.support.repositories import Repository, new_repository

FILES = {
    "docs/b.md": "# B",
    "docs/a/z.md": "# Z",
    "docs/a-b.md": "# AB",
    "docs/ä.md": "# Ä",
    "note.txt": "note",
    ".x/h.md": "h",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with a few documents."""
    made = new_repository(tmp_path / "project")
    made.commit(FILES)
    return made


def source(root: Path, files: str = "**/*.md", *, exclude: tuple[str, ...] = (), **more: str) -> GitSource:
    spec = SourceSpec(git=GitSpec(files=files, **more), exclude=exclude)
    (made,) = open_sources([spec], Surroundings(root))
    assert isinstance(made, GitSource)
    return made


def listed(made: GitSource) -> dict[str, str]:
    return {item.key: item.token for item in made.items()}


def test_files_of_a_ref_are_listed_in_the_order_of_their_paths(repository: Repository) -> None:
    made = source(repository.folder, exclude=("docs/b.md",))
    assert list(listed(made)) == ["docs/a-b.md", "docs/a/z.md", "docs/ä.md"]
    assert (made.read("docs/ä.md"), made.name) == ("# Ä".encode(), "git:.@HEAD:**/*.md !docs/b.md")


def test_a_blob_is_the_version_and_uncommitted_work_is_none(repository: Repository) -> None:
    before = listed(source(repository.folder))
    (repository.folder / "docs/b.md").write_text("not committed")
    assert listed(source(repository.folder)) == before
    repository.commit({"docs/a-b.md": "# changed", "docs/b.md": "# B"})
    after = listed(source(repository.folder))
    assert {key for key in after if after[key] != before[key]} == {"docs/a-b.md"}
    assert listed(source(repository.folder, ref="HEAD~1")) == before
    assert source(repository.folder, ref="main~1").read("docs/a-b.md") == b"# AB"


def test_what_was_listed_is_read_though_the_branch_moved(repository: Repository) -> None:
    made = source(repository.folder)
    listed(made)
    repository.commit({"docs/b.md": "# later"})
    assert made.read("docs/b.md") == b"# B"


def test_a_bare_repository_and_a_folder_inside_one_serve_too(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", "--bare", str(repository.folder), str(tmp_path / "bare.git"))
    wanted = listed(source(repository.folder))
    assert listed(source(tmp_path, repository="bare.git", ref="main")) == wanted
    assert listed(source(tmp_path, repository="project/docs")) == wanted


def test_submodules_and_links_are_skipped_and_named(repository: Repository) -> None:
    blob = repository.git("rev-parse", "HEAD").strip()
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{blob},docs/module.md")
    (repository.folder / "docs/link.md").symlink_to("b.md")
    repository.git("add", "docs/link.md")
    repository.git("commit", "--quiet", "--message", "more")
    made = source(repository.folder)
    assert {"docs/link.md", "docs/module.md"}.isdisjoint(listed(made))
    assert made.notes == [
        "docs/link.md is a link in git and is not followed", "docs/module.md is a submodule in git and is not followed"
    ]  # fmt: skip


def test_a_repository_over_a_connection_is_fetched(repository: Repository, tmp_path: Path) -> None:
    spec = SourceSpec(git=GitSpec(files="**/*.md", connection="project", ref="main"))
    (tmp_path / "ws").mkdir()

    def opened(url: str) -> GitSource:
        return open_git(spec, Surroundings(tmp_path / "ws", {"project": Connection(url=url)}))

    far = opened(f"file://{repository.folder}")
    assert listed(far) == listed(source(repository.folder))
    assert far.read("docs/b.md") == b"# B"
    repository.commit({"docs/new.md": "# new"})
    assert "docs/new.md" in listed(opened(f"file://{repository.folder}"))
    assert listed(opened(str(repository.folder))) == listed(source(repository.folder))
    with pytest.raises(OutsideError, match="git fetch failed"):
        listed(opened("file:///nowhere/at/all"))
    older = spec.model_copy(update={"git": GitSpec(files="*", connection="project", ref="HEAD~1")})
    with pytest.raises(InputError, match=r"'HEAD~1' cannot be fetched from connection project") as caught:
        open_git(older, Surroundings(tmp_path / "ws", {"project": Connection(url=f"file://{repository.folder}")}))
    assert "Write a branch, a tag" in caught.value.hint


def test_copies_that_no_connection_leads_to_are_removed(tmp_path: Path) -> None:
    kept, gone = (copy_of(f"https://example.com/{name}.git", tmp_path) for name in ("kept", "gone"))
    for folder in (kept, gone):
        folder.mkdir(parents=True)
    assert remove_copies(tmp_path, {"project": Connection(url="https://example.com/kept.git")}) == [gone]
    assert (kept.is_dir(), gone.exists()) == (True, False)


def test_what_git_does_not_have_is_said(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(InputError, match="is no git repository") as no_repository:
        listed(source(tmp_path, repository="plain"))
    assert "git -C" in no_repository.value.hint
    with pytest.raises(InputError, match="there is no folder"):
        listed(source(tmp_path, repository="nowhere"))
    with pytest.raises(InputError, match="has no commit 'release'") as no_ref:
        listed(source(repository.folder, ref="release"))
    assert no_ref.value.hint == "Write a branch, tag or commit as git.ref."
    with pytest.raises(OutsideError, match=r"gone\.md is not in HEAD"):
        source(repository.folder).read("gone.md")
    with pytest.raises(SettingsError, match=r"llmops\.toml has no \[connections\.far\]") as no_connection:
        source(repository.folder, connection="far")
    assert "Write [connections.far] with url" in no_connection.value.hint


def test_a_pointer_of_git_lfs_is_no_document(repository: Repository) -> None:
    repository.commit({"docs/big.md": "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n"})
    with pytest.raises(InputError, match=r"docs/big\.md is kept by Git LFS"):
        source(repository.folder).read("docs/big.md")
