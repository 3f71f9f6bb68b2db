"""A crew ahead of the writer: whatever the order in which it is done, the index is what one process makes, bit by bit."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import llmops.index.ahead
import llmops.index.batches
import llmops.index.embedding
from llmops.core.errors import ModelError, OutsideError
from llmops.domain.crew import Crew, OpenCrew, Reading
from llmops.domain.manifest import Generation, ItemWrite
from llmops.index.ahead import in_order, read_ahead
from llmops.index.chunking.headers import open_header
from llmops.index.chunking.methods import open_chunker
from llmops.index.prepare import chunked
from llmops.storage.store import open_store
from tests.support.indexes import CountingEmbedder, Library

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
DOCUMENTS: dict[str, str | bytes] = {
    **{f"{n}.md": f"# T{n}\n\nfirst text {n % 3}\n\n# U{n}\n\nthe same text" for n in range(9)},
    "front.md": "---\nlang: de\nauthor: [a, b]\n---\n# Titel\n\nmit Angaben",
    "page.html": "<h1>C</h1><p>fourth</p><table><tr><td>1</td></tr></table>",
    "torn.md": b"\xff\xfe\x00",
    "broken.csv": b"a,b\n\x80\n",
    "rows.csv": "name,age\nann,3\nbob,4\n",
    "empty.md": "",
}


class Shuffled:
    """A crew of this process that finishes its pieces of work in any order."""

    width = 3

    def __init__(self, generation: Generation, embedder: CountingEmbedder, seed: int) -> None:
        self._generation, self._embedder, self._drawn = generation, embedder, random.Random(seed)

    async def prepare(self, readings: Sequence[Reading]) -> list[ItemWrite]:
        await self._wait()
        chunking = self._generation.spec.chunking
        chunker, header = open_chunker(chunking, self._embedder), open_header(chunking, self._embedder)
        return [chunked(reading, chunker, self._embedder.identity, header) for reading in readings]

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        await self._wait()
        return await self._embedder.embed(texts)

    async def _wait(self) -> None:
        for _ in range(self._drawn.randrange(20)):
            await asyncio.sleep(0)


def crew_of(library: Library, seed: int = 0) -> OpenCrew:
    embedder = library.embedder
    assert isinstance(embedder, CountingEmbedder)

    @asynccontextmanager
    async def opened(generation: Generation) -> AsyncIterator[Crew]:
        yield Shuffled(generation, embedder, seed)

    return opened


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every piece and every batch small."""
    monkeypatch.setattr(llmops.index.ahead, "PARCEL_DOCUMENTS", 2)
    monkeypatch.setattr(llmops.index.batches, "BATCH_CHUNKS", 4)
    monkeypatch.setattr(llmops.index.embedding, "EMBED_BATCH", 2)


@pytest.fixture
def pair(library: Library) -> tuple[Library, Library]:
    """Two libraries over one folder: one that does everything itself, and one with a crew."""
    library.clock = lambda: NOW
    store = open_store("sqlite:///other.db", root=library.root)
    other = Library(library.root, store, vectors_path="other", clock=library.clock)
    other.open_crew = crew_of(other)
    return library, other


def check_same(pair: tuple[Library, Library]) -> None:
    alone, crewed = pair
    assert alone.truth() == crewed.truth()
    assert sorted(alone.asked) == sorted(crewed.asked)


def test_the_index_is_what_one_process_makes(pair: tuple[Library, Library]) -> None:
    alone, crewed = pair
    alone.write(DOCUMENTS)
    reports = [each.sync().model_copy(update={"seconds": 0.0}) for each in pair]
    assert reports[0] == reports[1]
    assert len(reports[0].failed) == 2
    check_same(pair)
    alone.write(
        {"3.md": "# T3\n\nanother text", "front.md": "---\nlang: fr\n---\n# Titel\n\nmit Angaben", "torn.md": "mended"}
    )
    alone.remove("0.md", "rows.csv")
    assert [each.sync().updated for each in pair] == [3, 3]
    check_same(pair)
    crewed.open_crew = None
    assert crewed.sync().unchanged == alone.sync().unchanged == 13


EDITS = st.dictionaries(
    st.sampled_from([f"{n}.md" for n in range(7)]),
    st.none() | st.sampled_from(["one", "two", "# H\n\none\n\n# G\n\ntwo", "", "one\n\n" * 9, "word " * 40]),
    min_size=1,
)


@given(st.lists(EDITS, min_size=1, max_size=3), st.integers(0, 99))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_order_in_which_work_ends(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[dict[str, str | None]], seed: int
) -> None:
    root = tmp_path_factory.mktemp("chain")
    (root / "docs").mkdir()
    stores = [open_store(f"sqlite:///{name}.db", root=root) for name in ("alone", "crewed")]
    alone, crewed = (Library(root, store, vectors_path=f"v{n}", clock=lambda: NOW) for n, store in enumerate(stores))
    crewed.open_crew = crew_of(crewed, seed)
    for edits in rounds:
        alone.write({key: text for key, text in edits.items() if text is not None})
        alone.remove(*(key for key, text in edits.items() if text is None and (root / "docs" / key).exists()))
        for each in (alone, crewed):
            each.sync(confirm_deletes=True)
        check_same((alone, crewed))
    for store in stores:
        store.close()


class Failing(CountingEmbedder):
    """Fails at one text for as long as it is told to, or gives vectors of another length for it."""

    def __init__(self, at: str, how: str) -> None:
        super().__init__()
        self.at, self.how = at, how

    async def embed(self, texts: Sequence[str], role: str = "document") -> "Vectors":
        vectors = await super().embed(texts, "document")
        if self.at not in " ".join(texts):
            return vectors
        if self.how == "fails":
            raise ModelError("the embedder answered 503", hint="Try again.")
        return vectors[:, :32] if self.how == "short" else vectors


@pytest.mark.parametrize(("how", "message"), [("fails", "answered 503"), ("short", r"shape \(2, 32\), not \(2, 64\)")])
def test_a_batch_that_cannot_be_embedded_ends_the_sync_where_it_would_in_one_process(
    pair: tuple[Library, Library], how: str, message: str
) -> None:
    alone, crewed = pair
    alone.write({f"{n}.md": f"# T{n}\n\nfirst text {n}\n\n# U{n}\n\nsecond text {n}" for n in range(9)})
    for each in pair:
        each.embedder = Failing("second text 4", how)
    crewed.open_crew = crew_of(crewed)
    told = []
    for each in pair:
        with pytest.raises(ModelError, match=message) as failed:
            each.sync()
        told.append((failed.value.message, failed.value.hint, sorted(each.content().values())))
    assert told[0] == told[1]
    assert {place[0] for place in told[0][2]} == {f"docs/{n}.md" for n in range(4)}  # the batches before it
    for each in pair:
        assert isinstance(each.embedder, Failing)
        each.embedder.how = "works"
        assert each.sync().documents == 9
        assert each.verify().sound
    assert alone.content() == crewed.content()
    again = [text for text in crewed.asked if crewed.asked.count(text) > 1]
    assert len(set(again)) <= 6  # the batch that failed, and at most the two others that were under way with it


def test_a_listing_that_breaks_off_ends_the_sync_behind_what_was_listed_before(
    pair: tuple[Library, Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    from llmops.index.listing import Listing

    again = Listing.again

    def breaks_off(listing: Listing, *arguments: object) -> object:
        for place, difference in enumerate(again(listing, *arguments)):  # type: ignore[arg-type]
            if place == 7:
                raise OutsideError("the source went away", hint="Look for it.")
            yield difference

    monkeypatch.setattr(Listing, "again", breaks_off)
    pair[0].write({f"{n}.md": f"# T{n}\n\nfirst text {n}\n\n# U{n}\n\nsecond text {n}" for n in range(9)})
    for each in pair:
        with pytest.raises(OutsideError, match="the source went away"):
            each.sync()
        assert {place[0] for place in each.content().values()} == {f"docs/{n}.md" for n in range(6)}
    monkeypatch.undo()
    assert pair[1].sync().documents == 9


def gather(items: AsyncGenerator[int, None], look: Callable[[int], None] = lambda item: None) -> list[int]:
    async def read() -> list[int]:
        found = []
        async with aclosing(items):
            async for item in items:
                look(item)
                found.append(item)
        assert asyncio.all_tasks() == {asyncio.current_task()}  # nothing is left behind
        return found

    return asyncio.run(read())


def test_no_more_is_under_way_than_was_asked_for_and_nothing_is_read_ahead_without_end() -> None:
    begun: list[int] = []
    running: set[int] = set()
    widest = 0

    async def work() -> AsyncGenerator[Coroutine[None, None, int], None]:
        async def piece(number: int) -> int:
            nonlocal widest
            begun.append(number)
            running.add(number)
            widest = max(widest, len(running))
            for _ in range(3 + number * 7 % 5):
                await asyncio.sleep(0)
            running.remove(number)
            return number

        for number in range(50):
            yield piece(number)

    async def renew() -> None:
        raise AssertionError("nobody waits for so long")

    def look(item: int) -> None:
        assert len(begun) <= item + 6  # four under way, one that waits, and the one that is looked at

    assert gather(read_ahead(in_order(work(), 4), renew), look) == list(range(50))
    assert widest == 4


def test_who_has_to_wait_keeps_the_lease_and_a_lease_that_is_lost_ends_the_wait() -> None:
    renewed: list[int] = []

    def waiting(lost: bool) -> AsyncGenerator[int, None]:
        ready = asyncio.Event()

        async def items() -> AsyncGenerator[int, None]:
            await ready.wait()
            yield 7

        async def renew() -> None:
            if lost:
                raise OutsideError("the lease is lost", hint="Sync again.")
            renewed.append(1)
            ready.set()

        return read_ahead(items(), renew, every=0.01)

    assert gather(waiting(lost=False)) == [7]
    assert renewed
    with pytest.raises(OutsideError, match="the lease is lost"):
        gather(waiting(lost=True))


def test_who_stops_reading_stops_the_work() -> None:
    ended: list[str] = []

    async def work() -> AsyncGenerator[Coroutine[None, None, int], None]:
        async def piece(number: int) -> int:
            try:
                if number:
                    await asyncio.Event().wait()
            except asyncio.CancelledError:
                ended.append(f"piece {number}")
                raise
            return number

        try:
            for number in range(50):
                yield piece(number)
        finally:
            ended.append("listing")

    async def renew() -> None:
        """Nothing to keep."""

    async def read() -> None:
        async with aclosing(read_ahead(in_order(work(), 3), renew)) as items:
            assert await anext(items) == 0
            while True:
                await asyncio.sleep(0)
                if len(asyncio.all_tasks()) > 4:  # this, the reader ahead, and three pieces
                    break
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(read())
    assert sorted(ended) == ["listing", "piece 1", "piece 2", "piece 3"]
