"""The history of an index as people read it."""

from datetime import UTC, datetime

import pytest

from llmops.core.errors import InputError
from tests.support.indexes import Library


def test_changes_come_newest_first_with_what_they_brought(library: Library) -> None:
    library.clock = lambda: datetime(2026, 3, 1, 12, tzinfo=UTC)
    library.write({"a.md": "one", "b.md": "two"}).sync()
    library.write({"a.md": "three"}).sync()
    history = library.index.history()
    assert history.columns == ["sequence", "at", "added", "updated", "removed", "embedded", "why"]
    assert history.rows() == [
        ["2", "2026-03-01 12:00:00", "1", "0", "1", "1", "sync"],
        ["1", "2026-03-01 12:00:00", "2", "0", "0", "2", "sync"],
    ]
    assert (history.sequence, history.oldest, len(library.index.history(1).changes)) == (2, 0, 1)
    assert history.as_json()["changes"][0]["embedded"] == 1


def test_an_index_that_was_never_built_has_none(library: Library) -> None:
    with pytest.raises(InputError, match="has not been built for this configuration") as caught:
        library.index.history()
    assert caught.value.hint == "llmops index sync docs"
