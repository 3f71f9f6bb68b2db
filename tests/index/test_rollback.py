"""Contents set back to what they were: nothing is embedded, syncs wait, and a kill in the middle costs nothing."""

import pytest

from llmops.core.bridge import run_sync
from llmops.core.errors import Conflict, InputError
from llmops.index.index import RollbackReport
from tests.support.children import start_child
from tests.support.indexes import Library


def change(library: Library) -> list[dict[str, tuple[object, ...]]]:
    """Three states of a library, each synced; returns what it held in each."""
    held = []
    library.write({"a.md": "# A\n\nfirst\n\n# B\n\nsecond", "b.md": "third", "c.md": "fourth"}).sync()
    held.append(library.content())
    library.write({"a.md": "# A\n\nfirst\n\n# B\n\nchanged", "d.md": "fifth"}).sync()
    held.append(library.content())
    library.remove("b.md", "c.md")
    library.write({"e.md": "sixth"}).sync()
    held.append(library.content())
    return held


def roll_back(library: Library, to: int) -> RollbackReport:
    return run_sync(library.index.roll_back(to))


def test_contents_come_back_without_embedding(any_library: Library) -> None:
    held = change(any_library)
    any_library.asked.clear()
    report = roll_back(any_library, 1)
    assert (report.to, report.sequence, report.restored, report.removed, report.embedded) == (1, 4, 3, 2, 0)
    assert (any_library.content(), any_library.asked) == (held[0], [])
    assert any_library.vectors().keys() == held[0].keys()
    assert any_library.verify().sound
    # A rollback is a change like others: it is rolled back, too.
    assert roll_back(any_library, 3).sequence == 5
    assert (any_library.content(), any_library.asked) == (held[2], [])
    assert [change.note for change in any_library.index.history().changes] == [
        "rolled back to sequence 3", "rolled back to sequence 1", "", "", ""
    ]  # fmt: skip


def test_syncs_wait_until_one_resumes(library: Library) -> None:
    held = change(library)
    report = roll_back(library, 2)
    assert "llmops index sync docs --resume" in report.in_words()
    assert library.plan().paused == "rolled back to sequence 2"
    assert "it does with --resume" in library.plan().in_words()
    with pytest.raises(
        Conflict, match=r"index 'docs' was rolled back to sequence 2 at .* UTC and is left so"
    ) as caught:
        library.sync()
    assert caught.value.hint == "Bring it back into step with its sources: llmops index sync docs --resume"
    library.asked.clear()
    assert library.sync(resume=True, confirm_deletes=True).deleted == 2
    assert (library.content(), library.asked) == (held[2], [])
    assert library.sync().unchanged == 3


def test_only_what_is_known_can_be_restored(library: Library) -> None:
    with pytest.raises(InputError, match="index 'docs' has not been built"):
        roll_back(library, 1)
    change(library)
    for sequence in (0, 4):
        with pytest.raises(
            InputError, match=f"held at sequence {sequence} is not known; known are sequences 1 to 3"
        ) as caught:
            roll_back(library, sequence)
        assert caught.value.hint == "llmops index history docs"
    lease = library.store.corpus.leases.acquire("docs", "process 1 on elsewhere", library.clock())
    with pytest.raises(Conflict, match="is being changed by process 1 on elsewhere"):
        roll_back(library, 1)
    library.store.corpus.past.forget(library.generation, 2, lease, library.clock())
    library.store.corpus.leases.release(lease)
    with pytest.raises(InputError, match="known are sequences 2 to 3"):
        roll_back(library, 1)


def test_what_the_cache_has_lost_is_embedded_again(library: Library) -> None:
    held = change(library)
    library.store.embeddings.prune()
    library.asked.clear()
    assert roll_back(library, 1).embedded == 4
    assert (library.content(), library.verify(repair=True).sound) == (held[0], True)


ROLL_BACK_UNTIL_KILLED = """
import os, signal, sys
from pathlib import Path
from llmops.core.bridge import run_sync
from llmops.storage.store import open_store
from tests.support.indexes import Library

root, step = Path(sys.argv[1]), sys.argv[2]
library = Library(root, open_store("sqlite:///.llmops/store.db", root=root))
library.fault = lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == step else None
run_sync(library.index.roll_back(1))
"""


@pytest.mark.parametrize("step", ["paused", "T1", "upsert", "closed"])
def test_a_rollback_that_is_killed_is_finished_by_the_next(library: Library, step: str) -> None:
    held = change(library)
    child = start_child(ROLL_BACK_UNTIL_KILLED, str(library.root), step)
    output, errors = child.communicate(timeout=120)
    assert child.returncode == -9, output + errors
    with pytest.raises(Conflict, match="rolled back to sequence 1"):
        library.sync()
    library.asked.clear()
    roll_back(library, 1)
    assert (library.content(), library.asked) == (held[0], [])
    assert library.verify().sound
