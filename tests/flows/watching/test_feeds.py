"""What a monitor reads."""

from datetime import UTC, datetime
from pathlib import Path

from llmops.flows.watching.feeds import rows_of


def test_rows_of_a_file_are_interactions(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("date,age,prediction\n2026-03-01 10:00,41,0.5\n,42,\n", encoding="utf-8")
    first, second = rows_of(path)
    assert (first.at, first.output, first.metadata["age"]) == (datetime(2026, 3, 1, 10, tzinfo=UTC), "0.5", "41")
    assert (second.at.year, second.output, second.id) == (1970, "", "row-1")
