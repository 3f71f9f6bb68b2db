"""db check, backup, restore and upgrade."""

import json
import sqlite3
from pathlib import Path

from tests.support.workspaces import llmops


def test_a_sound_store_prints_the_head_of_its_history(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "production")
    said = llmops("db", "check", "--json")
    assert said.code == 0
    assert len(json.loads(said.out)["head"].removeprefix("sha256:")) == 64
    assert llmops("db", "upgrade").code == 0


def test_a_rewritten_history_is_found(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "production", "--reason", "honest")
    database = sqlite3.connect(ready / ".llmops" / "store.db")
    tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    table = next(name for name in tables if "move" in name)
    database.execute(f"update {table} set reason = 'forged'")  # noqa: S608
    database.commit()
    database.close()
    assert llmops("db", "check").code == 1


def test_an_expected_head_is_still_there_after_more_moves(ready: Path) -> None:
    llmops("promote", "app/docs@1", "--to", "staging")
    head = json.loads(llmops("db", "check", "--json").out)["head"]
    assert llmops("db", "check", "--expect", head).err.endswith("was rewritten; nothing came after it.\n")
    llmops("promote", "app/docs@1", "--to", "production")
    said = llmops("db", "check", "--expect", head)
    assert said.code == 0
    assert "Nothing up to the expected head was rewritten; rows that came after it: 1." in said.err
    assert json.loads(llmops("db", "check", "--expect", head, "--json").out)["after_expected"] == 1
    said = llmops("db", "check", "--expect", "0" * 64)
    assert said.code == 1
    assert "no row of the history has the expected hash" in said.err


def test_a_backup_brings_back_what_was_there(ready: Path) -> None:
    assert llmops("promote", "app/docs@1", "--to", "staging").code == 0
    made = llmops("db", "backup", str(ready.parent))
    assert made.code == 0
    path = made.out.strip()
    assert Path(path).is_file()
    assert "verified" in made.err
    assert llmops("promote", "app/docs@1", "--to", "production").code == 0
    refused = llmops("db", "restore", path)
    assert refused.code == 2
    assert "is not empty" in refused.err
    said = llmops("db", "restore", path, "--yes")
    assert said.code == 0
    assert "Head of the history that it replaced: sha256:" in said.err
    assert "llmops index verify docs --repair" in said.err
    assert llmops("index", "verify", "docs", "--repair").code == 0
    listed = llmops("list", "app")
    assert "staging→1" in listed.out
    assert "production→1" not in listed.out


def test_a_backup_makes_a_workspace_elsewhere(ready: Path, tmp_path: Path) -> None:
    assert llmops("db", "backup", str(tmp_path / "all.tar.gz"), "--json").code == 0
    (tmp_path / "other").mkdir()
    told = llmops("db", "restore", "../all.tar.gz", "--json", cwd=tmp_path / "other")
    assert json.loads(told.out)["indexes"] == ["docs"]
    assert "prompt/answer" in llmops("list", cwd=tmp_path / "other").out
    assert llmops("db", "check", cwd=tmp_path / "other").code == 0


def test_no_store_no_backup(workspace: Path) -> None:
    said = llmops("db", "backup", "x.tar")
    assert said.code == 2
    assert "The first llmops register makes one." in said.err
    assert not (workspace / ".llmops").exists()


def test_what_nothing_refers_to_is_removed(ready: Path) -> None:
    loose = ready / ".llmops" / "blobs" / "sha256" / "ab" / ("ab" * 32)
    loose.parent.mkdir(parents=True, exist_ok=True)
    loose.write_bytes(b"nobody knows")
    said = llmops("db", "gc", "--dry-run")
    assert said.code == 0
    assert "0 blobs would be removed from " in said.err
    assert "1 are referred to, 1 are younger than 24h or were not known before." in said.err
    told = json.loads(llmops("db", "gc", "--grace", "2h", "--json").out)
    assert (told["removed"], told["referred"], told["waiting"], told["dry_run"]) == (0, 1, 1, False)
    assert loose.exists()
    refused = llmops("db", "gc", "--grace", "5m")
    assert refused.code == 2
    assert "a grace of 0:05:00 is too short" in refused.err
    assert llmops("db", "check").code == 0
