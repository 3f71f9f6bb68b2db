"""export and import."""

import json
import shutil
from pathlib import Path

from tests.support.workspaces import llmops


def test_everything_goes_to_another_workspace_and_comes_once(ready: Path, tmp_path: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "staging")
    assert llmops("eval", "docs").code in (0, 1)
    done = llmops("export", "--evidence", "-o", str(tmp_path / "all.tar.gz"))
    assert done.code == 0, done.err
    assert "1 runs" in done.err
    digest = done.out.strip()
    assert digest.startswith("sha256:")
    other = tmp_path / "other"
    other.mkdir()
    (other / "llmops.toml").write_text("")
    tried = llmops("import", str(tmp_path / "all.tar.gz"), "--dry-run", cwd=other)
    assert tried.code == 0
    assert "would be new" in tried.err
    assert not (other / ".llmops").exists()
    imported = llmops("import", str(tmp_path / "all.tar.gz"), cwd=other)
    assert imported.code == 0, imported.err
    assert imported.out == tried.out
    assert "app/docs@1" in imported.out
    assert digest in imported.err
    assert "To set it here: llmops promote app/docs@1 --to staging" in imported.err
    again = llmops("import", str(tmp_path / "all.tar.gz"), cwd=other)
    assert "No new versions." in again.err
    assert llmops("db", "check", cwd=other).code == 0
    run = json.loads(llmops("runs", "list", "--json", cwd=other).out)[0]["id"]
    there = json.loads(llmops("runs", "show", run, "--json").out)
    assert json.loads(llmops("runs", "show", run, "--json", cwd=other).out) == there


def test_json_tells_all_of_it(ready: Path, tmp_path: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "staging")
    done = json.loads(llmops("export", "app/docs", "--json", "-o", str(tmp_path / "out")).out)
    assert done["versions"] == ["app/docs@1", "prompt/answer@1", "rag/docs@1"]
    assert done["aliases"][0]["alias"] == "staging"
    found = json.loads(llmops("import", str(tmp_path / "out"), "--json").out)
    assert found["digest"] == done["digest"]
    assert {version["ref"]: version["created"] for version in found["versions"]} == dict.fromkeys(
        done["versions"], False
    )
    assert found["aliases"][0]["number_here"] == 1


def test_a_time_is_a_time(ready: Path, tmp_path: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "staging")
    said = llmops("export", "--at", "0s", "-o", str(tmp_path / "out"))
    assert said.code == 0, said.err
    assert "app/docs@staging held version 1 since" in said.err
    assert llmops("export", "--at", "2001-01-01", "-o", str(tmp_path / "x")).code == 2
    said = llmops("export", "--at", "yesterday", "-o", str(tmp_path / "x"))
    assert (said.code, "is no time" in said.err) == (2, True)


def test_a_changed_file_is_refused_by_name(ready: Path, tmp_path: Path) -> None:
    llmops("export", "-o", str(tmp_path / "out"))
    place = tmp_path / "out" / "versions" / "prompt" / "answer@1.json"
    place.write_text(place.read_text().replace("bookshop", "bookshed"))
    said = llmops("import", str(tmp_path / "out"))
    assert said.code == 2
    assert "answer@1.json: its bytes are not those that were exported" in said.err


def test_files_of_another_tool_become_workspace_files(workspace: Path, tmp_path: Path) -> None:
    source = tmp_path / "greet.prompt"
    source.write_text("---\nmodel: googleai/gemini-1.5-flash\nmetadata: {x: 1}\n---\nHello {{name}}.\n")
    tried = llmops("import", str(source), "--from", "dotprompt", "--dry-run")
    assert not (workspace / "prompts" / "greet.md").exists()
    assert "1 files would be written, 1 remarks." in tried.err
    done = llmops("import", str(source), "--from", "dotprompt")
    assert done.out == tried.out
    assert "greet.prompt:3: 'metadata' has no counterpart and was left out" in done.out
    assert (workspace / "prompts" / "greet.md").read_text().endswith("Hello {{ name }}.\n")
    assert not (workspace / ".llmops").exists()
    listed = json.loads(llmops("import", str(source), "--from", "dotprompt", "--json").out)
    assert listed["files"] == [{"path": "prompts/greet.md", "from": str(source), "state": "same"}]
    assert listed["remarks"][0]["line"] == 3


def test_an_unknown_tool_and_an_unknown_place_are_usage_errors(workspace: Path) -> None:
    assert llmops("import", "x", "--from", "langfus").code == 2
    said = llmops("import", "nowhere.tar.gz")
    assert (said.code, "there is no export at nowhere.tar.gz" in said.err) == (2, True)
    assert llmops("export").code == 2


def test_evidence_of_one_store_lets_another_promote(tmp_path: Path) -> None:
    """CI evaluates, production promotes, and neither sees the other's store."""
    ci, production = tmp_path / "ci", tmp_path / "production"
    assert llmops("init", str(ci), "--template", "chat").code == 0
    shutil.copytree(ci, production)
    settings = (production / "llmops.toml").read_text()
    (production / "llmops.toml").write_text(settings + '\n[aliases.production]\nrequire = ["greet"]\n')
    for folder in (ci, production):
        assert llmops("register", cwd=folder).code == 0
    refused = llmops("promote", "prompt/greet@1", "--to", "production", cwd=production)
    assert (refused.code, "no report that counts" in refused.out + refused.err) == (1, True)
    assert llmops("eval", "greet", cwd=ci).code == 0
    assert llmops("export", "prompt/greet", "--evidence", "-o", str(tmp_path / "e.tar.gz"), cwd=ci).code == 0
    assert llmops("import", str(tmp_path / "e.tar.gz"), cwd=production).code == 0
    promoted = llmops("promote", "prompt/greet@1", "--to", "production", cwd=production)
    assert promoted.code == 0, promoted.err
    evidence = json.loads(llmops("history", "prompt/greet", "--json", cwd=production).out)["moves"][-1]["evidence"]
    assert evidence == [json.loads(llmops("runs", "list", "--json", cwd=ci).out)[0]["id"]]
    done = llmops(
        "export", "prompt/greet@production", "--at", "0s", "--evidence", "-o", str(tmp_path / "a"), cwd=production
    )
    assert done.code == 0, done.err
    assert (tmp_path / "a" / "runs" / f"{evidence[0]}.json").is_file()
