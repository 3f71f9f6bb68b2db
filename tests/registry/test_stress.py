"""Many at once, and killed: nothing that was acknowledged is lost, and there is never more than one truth."""

from collections import Counter
from pathlib import Path

import pytest

from llmops.storage.store import Store
from tests.support.children import finish_child, start_child
from tests.support.crowds import CROWD, find_lost, told

PROCESSES = 8
SECONDS = 8
DEATHS = 40


@pytest.mark.slow
def test_eight_processes_register_and_promote_at_once(store: Store, store_url: str, tmp_path: Path) -> None:
    children = [
        start_child(CROWD, "work", str(number), store_url, str(tmp_path / f"desk-{number}"), str(SECONDS))
        for number in range(PROCESSES)
    ]
    said = [list(told(finish_child(child))) for child in children]
    find_lost(store, [line for lines in said for line in lines])
    for lines in said:
        done = Counter(line[0] for line in lines)
        assert done["version"] > 2, "a process was starved"
        assert done["move"] + done["overtaken"] > 2
    # Whoever moves an alias to where somebody else has just put it is told of that row.
    moves = {line[1] for lines in said for line in lines if line[0] == "move"}
    assert len(moves) == len(store.aliases.history())
    assert len(moves) > PROCESSES  # how many more depends on how busy the machine is


@pytest.mark.slow
def test_a_store_whose_writers_are_killed_again_and_again(store: Store, store_url: str, tmp_path: Path) -> None:
    """Killed while it opens the store, registers or promotes; checked by another process after every death."""
    output = finish_child(start_child(CROWD, "die", "7", store_url, str(tmp_path / "desk"), str(DEATHS)))
    said = list(told(output))
    find_lost(store, said)
    done = Counter(line[0] for line in said)
    assert done["version"] > DEATHS
    assert done["move"] > DEATHS / 20  # how many get so far before they die depends on how busy the machine is
    moves = {line[1] for line in said if line[0] == "move"}
    assert len(store.aliases.history()) - len(moves) <= DEATHS  # a death may swallow one answer
