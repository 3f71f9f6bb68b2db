"""What a row of the history pins."""

from llmops.domain.artifact import Move
from llmops.domain.snapshot import Snapshot, snapshot_of

MOVE = Move.model_validate(
    {
        "sequence": 1, "kind": "app", "name": "docs", "alias": "production", "action": "move", "from_number": None,
        "to_number": 1, "to_digest": "", "actor": {"name": "ada", "source": "argument"}, "reason": "",
        "at": "2026-03-01T12:00:00Z", "previous": "", "hash": "",
    }
)  # fmt: skip


def test_a_snapshot_goes_into_the_details_of_a_move_and_comes_back() -> None:
    snapshot = Snapshot(index="docs", generation="abc", sequence=7)
    kept = MOVE.model_copy(update={"details": {"requirements": [], **snapshot.details()}})
    assert snapshot_of(kept) == snapshot
    assert str(snapshot) == "index docs as of sequence 7 of generation abc"


def test_other_moves_pin_nothing() -> None:
    assert snapshot_of(MOVE) is None
    assert snapshot_of(MOVE.model_copy(update={"details": {"requirements": []}})) is None
