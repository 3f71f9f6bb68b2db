"""How far an index is behind, and what a sync without changes notes."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from llmops.domain.manifest import Counts
from llmops.index.freshness import Freshness, read_freshness
from tests.support.indexes import Library

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def at(library: Library, minutes: float) -> Library:
    library.clock = lambda: NOON + timedelta(minutes=minutes)
    return library


def changed(library: Library, name: str, text: str, minutes: float) -> None:
    """Write a document as if it had been written so long after noon."""
    library.write({name: text})
    moment = (NOON + timedelta(minutes=minutes)).timestamp()
    os.utime(library.root / "docs" / name, (moment, moment))


def freshness(library: Library) -> Freshness:
    found = library.index.status().freshness
    assert found is not None
    return found


def test_a_sync_that_finds_nothing_notes_that_it_looked(library: Library) -> None:
    at(library, 0).write({"a.md": "one"}).sync()
    assert freshness(at(library, 60)).listed == 3600
    report = library.sync()
    assert report.added == report.embedded == 0
    found = freshness(at(library, 61))
    assert (found.listed, found.lag, found.pending, found.coverage) == (60, 0, 0, 1)


async def stale(library: Library, seconds: float) -> bool:
    index = library.index
    return await index.is_stale(await index.search("one"), seconds)


def test_an_index_that_was_looked_at_is_not_stale(library: Library) -> None:
    import asyncio

    at(library, 0).write({"a.md": "one"}).sync()
    at(library, 60)
    assert asyncio.run(stale(library, 600))
    library.sync()
    assert not asyncio.run(stale(library, 600))


def test_delays_are_those_of_later_changes(library: Library) -> None:
    changed(library, "a.md", "one", -10_000)
    at(library, 0).sync()
    assert freshness(library).delay_p50 is None
    for minutes, name in ((10, "a.md"), (20, "b.md"), (30, "c.md")):
        changed(library, name, f"new {minutes}", minutes)
        at(library, minutes + minutes / 10).sync()
    found = freshness(library)
    assert found.delay_p50 == pytest.approx(120)
    assert found.changes == 3
    assert found.delay_p95 == pytest.approx(174)
    assert "half of the latest 3 changes were committed within 2 min 0 s" in found.in_words()


def test_what_waits_is_measured(library: Library) -> None:
    changed(library, "a.md", "one", -60)
    at(library, 0).sync()
    generation = library.store.corpus.generations("docs")[0]
    waiting = Counts(documents=1, chunks=4, failed=0, pending=1, waiting_since=NOON.timestamp() - 90)
    found = read_freshness(library.store.corpus, generation, waiting, NOON)
    assert (found.lag, found.pending, found.coverage) == (90, 1, 0.75)
    assert "1 vectors wait, the oldest change for 90 s" in found.in_words()
    assert 'llmops_index_lag_seconds{index="do\\"cs"} 90' in found.metrics('do"cs')
    assert "delay_p50" not in found.metrics("docs")
