"""Files as documents: what is listed, in which order, with which token, and what is refused."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.errors import InputError, OutsideError
from llmops.domain.corpus import SourceSpec
from llmops.index.sources.files import FileSource
from tests.support.folders import unprivileged


def write(root: Path, *keys: str) -> None:
    for key in keys:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {key}", encoding="utf-8")


def listed(root: Path, files: str, *exclude: str) -> list[str]:
    return [item.key for item in FileSource(SourceSpec(files=files, exclude=exclude), root).items()]


def test_files_are_listed_in_the_order_of_their_paths(tmp_path: Path) -> None:
    write(tmp_path, "docs/b.md", "docs/a/z.md", "docs/a.md", "docs/a-b.md", "docs/ä.md", "docs/note.txt")
    assert listed(tmp_path, "docs/**/*.md") == ["docs/a-b.md", "docs/a.md", "docs/a/z.md", "docs/b.md", "docs/ä.md"]


NAMES = st.text("ab.-_Z é0", min_size=1, max_size=4).filter(lambda name: name.strip(". ") == name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paths=st.sets(st.lists(NAMES, min_size=1, max_size=3).map("/".join), max_size=12))
def test_the_order_is_that_of_whole_paths(tmp_path_factory: pytest.TempPathFactory, paths: set[str]) -> None:
    root = tmp_path_factory.mktemp("tree")
    for path in sorted(paths):
        if not any(other.startswith(path + "/") for other in paths):
            write(root, path + ".md")
    found = listed(root, "**/*.md")
    assert found == sorted(found)
    assert len(found) == len(list(root.rglob("*.md")))


def test_hidden_files_folders_and_exclusions_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.md", ".hidden.md", ".llmops/b.md", "drafts/c.md", "x/drafts/d.md", "x/e.md", "x/old.md")
    assert listed(tmp_path, "**/*.md", "drafts/**", "**/old.md") == ["a.md", "x/drafts/d.md", "x/e.md"]
    assert listed(tmp_path, "**/*.md", "**/drafts", "x/*.md") == ["a.md"]


def test_the_token_changes_with_time_size_and_file(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    source = FileSource(SourceSpec(files="*.md"), tmp_path)
    (first,) = source.items()
    assert list(source.items()) == [first]
    path = tmp_path / "a.md"
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    (touched,) = source.items()
    before = path.stat()
    (tmp_path / "new").write_text(path.read_text())
    os.utime(tmp_path / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (tmp_path / "new").replace(path)
    (replaced,) = source.items()
    assert len({first.token, touched.token, replaced.token}) == 3
    assert (first.size, source.read("a.md")) == (12, b"text of a.md")


def test_a_link_inside_the_workspace_is_a_file_like_others(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md")
    (tmp_path / "docs" / "link.md").symlink_to(tmp_path / "docs" / "a.md")
    (tmp_path / "docs" / "again").symlink_to(tmp_path / "docs")
    assert listed(tmp_path, "docs/**/*.md") == ["docs/a.md", "docs/link.md"]


def test_a_link_out_of_the_workspace_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "secret.md", "ws/docs/a.md")
    (tmp_path / "ws/docs/b.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(InputError, match=r"docs/b\.md is a link that leaves the workspace") as caught:
        listed(tmp_path / "ws", "docs/*.md")
    assert "exclude" in caught.value.hint
    assert listed(tmp_path / "ws", "docs/*.md", "docs/b.md") == ["docs/a.md"]
    with pytest.raises(InputError, match="leaves the workspace"):
        FileSource(SourceSpec(files="docs/*.md"), tmp_path / "ws").read("docs/b.md")


def test_a_base_folder_that_is_a_link_outwards_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/a.md")
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws/docs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="docs is a link that leaves the workspace"):
        listed(tmp_path / "ws", "docs/*.md")


def test_a_folder_that_is_not_there_is_an_error_and_no_empty_listing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder 'docs'"):
        listed(tmp_path, "docs/**/*.md")


def test_a_dangling_link_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to(tmp_path / "nowhere.md")
    with pytest.raises(OutsideError, match=r"a\.md cannot be looked at"):
        listed(tmp_path, "*.md")


def test_a_folder_that_cannot_be_listed_stops_the_listing(open_folder: Path) -> None:
    write(open_folder, "docs/a.md", "docs/closed/b.md")
    (open_folder / "docs/closed").chmod(0)
    with unprivileged(), pytest.raises(OutsideError, match="folder docs/closed/ cannot be listed"):
        listed(open_folder, "docs/**/*.md")


def test_a_name_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    name = os.fsdecode(b"bad\xff.md")
    try:
        (tmp_path / name).write_text("x")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    with pytest.raises(InputError, match="is not UTF-8"):
        listed(tmp_path, "*.md")


def test_a_file_that_vanished_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    with pytest.raises(OutsideError, match=r"b\.md cannot be read"):
        FileSource(SourceSpec(files="*.md"), tmp_path).read("b.md")


def test_the_name_says_what_is_left_out(tmp_path: Path) -> None:
    assert FileSource(SourceSpec(files="*.md", exclude=("a.md",)), tmp_path).name == "files:*.md !a.md"
