"""What an alias held and pinned, and what it can go back to."""

from datetime import UTC, datetime, timedelta

from llmops.core.names import parse_ref
from llmops.domain.artifact import Actor, Move
from llmops.domain.snapshot import Snapshot
from llmops.registry.stands import Stand, earlier_stands, pinned, pinned_by
from tests.support.registries import Desk

ADA = Actor(name="ada@example.com", source="LLMOPS_ACTOR")


def at(sequence: int) -> Snapshot:
    return Snapshot(index="docs", generation="abc", sequence=sequence)


def history(*steps: tuple[str, int | None, int, int | None]) -> list[Move]:
    """Rows of (action, from, to, pinned sequence)."""
    return [
        Move.model_validate(
            {
                "sequence": place, "kind": "app", "name": "docs", "alias": "production", "action": action,
                "from_number": before, "to_number": after, "to_digest": "", "actor": ADA, "reason": "",
                "at": datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=place), "previous": "", "hash": "",
                "details": None if sequence is None else at(sequence).details(),
            }
        )
        for place, (action, before, after, sequence) in enumerate(steps)
    ]  # fmt: skip


def test_the_same_version_with_other_contents_is_another_stand() -> None:
    rows = history(("move", None, 1, 5), ("move", 1, 1, 9), ("move", 1, 2, 9))
    assert earlier_stands(rows) == [Stand(1, at(9)), Stand(1, at(5))]
    rows += history(("rollback", 2, 1, 9))
    assert earlier_stands(rows) == [Stand(1, at(5))]
    rows += history(("rollback", 1, 1, 5))
    assert earlier_stands(rows) == []  # what was rolled back from is out for good


def test_versions_without_snapshots_stand_by_their_numbers() -> None:
    rows = history(("move", None, 1, None), ("move", 1, 2, None), ("move", 2, 3, None), ("rollback", 3, 2, None))
    assert earlier_stands(rows) == [Stand(1)]


def test_what_is_pinned_is_told_by_the_last_row_that_put_a_version_there() -> None:
    rows = history(("move", None, 1, 5), ("canary", 1, 2, 7), ("approve", None, 2, None), ("canary", 1, 2, 7))
    assert (pinned_by(rows, 1), pinned_by(rows, 2), pinned_by(rows, 3)) == (at(5), at(7), None)
    assert pinned_by([*rows, *history(("move", 1, 2, 7), ("rollback", 2, 1, 5))], 1) == at(5)


def test_only_an_alias_pins(desk: Desk) -> None:
    desk.write_all()
    desk.register()
    desk.move("app/docs@1")
    bundle = desk.registry.bundle(parse_ref("app/docs@production"))
    assert bundle.snapshot is None  # it does not say snapshot: true
    assert pinned(desk.store.aliases, parse_ref("app/docs@1"), bundle) is bundle
