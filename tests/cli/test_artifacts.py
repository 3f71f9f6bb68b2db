"""register, list, show, tag, diff, delete."""

import json
from pathlib import Path

from tests.support.workspaces import llmops


def test_registering_twice_makes_one_version(workspace: Path) -> None:
    first = llmops("register", "-m", "first")
    assert first.code == 0
    assert "prompt/answer@1" in first.out
    assert "app/docs@1" in first.out
    again = llmops("register")
    assert again.code == 0
    assert "Nothing new." in again.err
    assert "0 new" in again.err


def test_a_changed_line_is_a_new_version(ready: Path) -> None:
    prompt = ready / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text().replace("Use only what they say", "Use nothing but what they say"))
    changed = llmops("diff", "prompt/answer@1")
    assert "-You answer customers of a bookshop from the numbered excerpts. Use only what they say" in changed.out
    assert (
        "+You answer customers of a bookshop from the numbered excerpts. Use nothing but what they say" in changed.out
    )
    registered = llmops("register", "--json")
    new = [item for item in json.loads(registered.out) if item["created"]]
    assert {f"{item['kind']}/{item['name']}@{item['number']}" for item in new} == {"prompt/answer@2", "app/docs@2"}


def test_list_shows_versions_and_aliases(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "production")
    listed = llmops("list", "app")
    assert "app/docs" in listed.out
    assert "production→1" in listed.out
    assert json.loads(llmops("list", "--json").out)


def test_show_prints_content_on_stdout_and_origin_on_stderr(ready: Path) -> None:
    shown = llmops("show", "prompt/answer@1")
    assert "body:" in shown.out
    assert "version 1" in shown.err
    assert json.loads(llmops("show", "app/docs@1", "--json").out)["content"]["model"] == "offline/extractive"


def test_an_unknown_name_suggests_the_nearest(ready: Path) -> None:
    said = llmops("show", "prompt/anwser@1")
    assert said.code == 2
    assert "anwser" in said.err
    assert "answer" in said.err


def test_the_same_content_has_no_diff(ready: Path) -> None:
    assert "are the same" in llmops("diff", "prompt/answer@1").err


def test_delete_refuses_what_an_app_pins(ready: Path) -> None:
    said = llmops("delete", "prompt/answer", "--yes")
    assert said.code == 1
    assert "app/docs" in said.err
    (ready / "prompts" / "idea.md").write_text("Say {{ word }}.\n")
    assert llmops("register").code == 0
    assert llmops("delete", "prompt/idea", "--yes").code == 0
    assert "prompt/idea" not in llmops("list", "prompt").out


def test_tags_are_set_shown_found_and_taken_away(ready: Path) -> None:
    said = llmops("tag", "prompt/answer@1", "team=search", "note=to be = reviewed")
    assert said.code == 0
    assert said.out == "note=to be = reviewed\nteam=search\n"
    assert "prompt/answer" in llmops("list", "--tag", "team=search").out
    assert "Nothing is like that." in llmops("list", "--tag", "team=search", "--tag", "note=other").err
    assert "tags    note=to be = reviewed, team=search" in llmops("show", "prompt/answer@1").err
    assert json.loads(llmops("tag", "prompt/answer", "note-", "--json").out)["tags"] == {"team": "search"}
    assert "There was no tag 'note'." in llmops("tag", "prompt/answer", "note-").err
    assert json.loads(llmops("show", "prompt/answer@1", "--json").out)["tags"] == {"team": "search"}


def test_only_versions_have_tags(ready: Path) -> None:
    (ready / "prompts" / "answer.md").write_text("Changed.\n")
    said = llmops("tag", "prompt/answer", "team=search")
    assert said.code == 2
    assert "prompt/answer is a working file, and tags are for versions" in said.err
    assert "llmops register" in said.err
    assert llmops("tag", "prompt/answer@1", "7=x").code == 2


def test_artifacts_are_found_by_words(ready: Path) -> None:
    listed = llmops("list", "--text", "BOOKSHOP excerpts")
    assert "prompt/answer" in listed.out
    assert "suite/docs" not in listed.out
    assert "prompt/answer" not in llmops("list", "--text", "bookshop zeppelin").out


def test_a_bare_selector_is_another_version_of_the_same(workspace: Path) -> None:
    data = workspace / "evals" / "data" / "x.jsonl"
    for question in ("How?", "How long?"):
        data.write_text(f'{{"id": "a", "inputs": {{"question": "{question}"}}}}\n')
        assert llmops("register", str(data)).code == 0
    said = llmops("diff", "dataset/x@1", "@2")
    assert (said.code, said.out.splitlines()[2]) == (0, "cases: 0 added, 0 removed, 1 changed")
