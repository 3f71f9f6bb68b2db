"""db check and upgrade."""

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
