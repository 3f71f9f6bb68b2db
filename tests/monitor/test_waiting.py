"""What waits for the detectors, in columns."""

from llmops.monitor.waiting import block_of, columns_of, values_of
from tests.support.interactions import interaction


def test_values_of_a_segment_come_in_their_order_from_all_pages_and_leave_out_what_is_not_there() -> None:
    rows = [interaction(n, session=f"s{n}") for n in range(3)]
    first = columns_of(rows, {"cost": [1.0, None, 3.0]}, {"": [0, 1, 2], "lang=de": [1, 2]}, "session")
    second = columns_of(rows[:1], {"cost": [4.0], "score": [0.5]}, {"": [0], "lang=de": [0]}, "session")
    values = values_of([first, second], "cost", "lang=de")
    assert (values.numbers, values.blocks) == ([3.0, 4.0], ["s2", "s0"])
    assert values.times == [rows[2].at.timestamp(), rows[0].at.timestamp()]
    assert values.versions == [rows[2].version, rows[0].version]
    assert values_of([first, second], "score", "").numbers == [0.5]
    assert first.segments_with("cost") == ["", "lang=de"]


def test_blocks_are_sessions_users_or_hours() -> None:
    one = interaction(user="u1", session="s1")
    assert [block_of("session", one), block_of("user", one), block_of("hour", one)] == [
        "s1",
        "u1 2026-03-01",
        "2026-03-01T12",
    ]
    assert block_of("session", one.model_copy(update={"session": ""})) == one.id
