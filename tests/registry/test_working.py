"""Drafts: what registering would make of the files."""

import pytest

from llmops.core.errors import InvalidFile
from llmops.registry.files import WorkspaceFiles
from llmops.registry.lookup import Lookup
from llmops.registry.working import WorkingTree
from tests.support.registries import Desk


def tree(desk: Desk) -> WorkingTree:
    files = WorkspaceFiles(desk.root)
    return WorkingTree(files, desk.registry.settings, Lookup(desk.store, files))


def test_a_draft_knows_its_parts_and_all_files_it_was_read_from(desk: Desk) -> None:
    desk.write_all()
    desk.write("prompts/answer.md", "{% include 'tone' %} {{ question }}")
    desk.write("prompts/tone.md", "Be kind.")
    app = tree(desk).draft("app", "docs")
    assert app is not None
    assert app.parts == (("prompt", "answer"), ("rag", "docs"))
    assert {path.name for path in app.files} == {"docs.yaml", "answer.md", "tone.md"}
    suite = tree(desk).draft("suite", "docs")
    assert suite is not None
    assert suite.parts == (("dataset", "docs"),)


def test_a_tree_looks_at_each_file_once(desk: Desk) -> None:
    desk.write_all()
    look = tree(desk)
    before = look.draft("prompt", "answer")
    desk.write("prompts/answer.md", "changed")
    assert look.draft("prompt", "answer") is before


def test_content_of_a_digest_is_found_in_store_or_tree(desk: Desk) -> None:
    desk.versions(1)
    registered = desk.resolve("prompt/answer").digest
    desk.write("prompts/answer.md", "Say nothing.")
    look = tree(desk)
    working = look.draft("prompt", "answer")
    assert working is not None
    assert look.content("prompt", "answer", registered)["body"] == "Say 1."
    assert look.content("prompt", "answer", working.digest)["body"] == "Say nothing."


def test_nothing_there_is_no_draft(desk: Desk) -> None:
    assert tree(desk).draft("prompt", "x") is None
    assert not tree(desk).is_there("rag", "x")


def test_an_error_in_a_part_names_the_parts_file(desk: Desk) -> None:
    desk.write_all()
    desk.write("prompts/answer.md", "---\ndescripton: x\n---\nHi")
    with pytest.raises(InvalidFile, match=r"^prompts/answer\.md:2: unknown key 'descripton'"):
        tree(desk).draft("app", "docs")


def test_the_same_files_have_the_same_digests_in_another_folder(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Desk(tmp_path_factory.mktemp("other"), desk.store)
    for one in (desk, other):
        one.write_all()
    assert [desk.resolve(f"{k}/docs").digest for k in ("app", "suite")] == [
        other.resolve(f"{k}/docs").digest for k in ("app", "suite")
    ]
