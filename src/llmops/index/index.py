"""An index by name: the one door to planning, syncing, verifying and searching it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from llmops.core.bridge import to_thread
from llmops.core.errors import InputError
from llmops.core.settings import Connection
from llmops.domain.corpus import Hits, RagSpec
from llmops.domain.crew import OpenCrew
from llmops.domain.manifest import Generation
from llmops.domain.needs import Needs
from llmops.domain.ports import Embedder, Filters, Progress, no_progress
from llmops.index.exact import EXACT_BELOW
from llmops.index.generations import find_generation
from llmops.index.history import History as History
from llmops.index.history import read_history
from llmops.index.options import A_PLAIN_SYNC
from llmops.index.options import SyncOptions as SyncOptions
from llmops.index.past import Moment as Moment
from llmops.index.past import PastSearcher, sequence_at
from llmops.index.past_index import PastIndex as PastIndex
from llmops.index.past_index import Placed, pinned_place
from llmops.index.plan import Plan as Plan
from llmops.index.planning import make_plan
from llmops.index.reports import SyncReport as SyncReport
from llmops.index.retention import Generations as Generations
from llmops.index.retention import PruneReport as PruneReport
from llmops.index.retention import plan_prune, prune, read_generations
from llmops.index.rollback import RollbackReport as RollbackReport
from llmops.index.rollback import roll_back
from llmops.index.search import Query, Searcher
from llmops.index.sources.git import remove_copies
from llmops.index.status import Status as Status
from llmops.index.status import read_status
from llmops.index.stretches import gather_stretches
from llmops.index.sync import Sync
from llmops.index.vectors import VectorPlace as VectorPlace
from llmops.index.verify import SAMPLE, Depth, Verifier
from llmops.index.verify import Verification as Verification
from llmops.index.workshop import Fault, Workshop, no_fault
from llmops.storage.store import Store

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Index:
    """The documents of one RAG configuration, kept searchable. Async methods run on one event loop; close it at the end.

    Args:
        name: what the index is called; the name of the RAG configuration.
        spec: the configuration.
        store: the store, which is the truth about what is indexed.
        root: the workspace folder, below which the sources are.
        embedder: called when a sync has work to do, and by searches; a plan and a sync without changes never call it.
        place: where vectors are kept, and what opens them.
        clock: the time in UTC.
        fault: called with the name of each step of the writing protocol.
        exact_below: up to how many chunks are compared one by one, in memory.
        price: what embedding costs, in US dollars a token; None if nobody knows.
        connections: where sources are that are not files: `[connections.<name>]` of the settings.
    """

    def __init__(
        self,
        name: str,
        spec: RagSpec,
        *,
        store: Store,
        root: Path,
        embedder: Callable[[], Embedder],
        place: VectorPlace,
        clock: Callable[[], datetime] = utc_now,
        fault: Fault = no_fault,
        exact_below: int = EXACT_BELOW,
        price: Callable[[], float | None] = lambda: None,
        connections: Mapping[str, Connection] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.spec = spec
        self._root = root
        self._shop = Workshop(store, place, embedder, clock, fault, price, connections)
        self._searcher = Searcher(name, spec, store, place, exact_below)
        self._past = PastSearcher(store)

    def plan(self) -> Plan:
        """Compare the sources with the manifest; nothing is written.

        Documents with another token are read, to tell those that changed from those that were only touched.

        Raises:
            InputError, OutsideError: the sources cannot be listed completely.
        """
        return make_plan(self._sync().listing, self.spec, self._shop)

    async def sync(
        self,
        progress: Progress = no_progress,
        options: SyncOptions = A_PLAIN_SYNC,
        open_crew: OpenCrew | None = None,
    ) -> SyncReport:
        """Bring the index in step with its sources. Killed at any moment, it is finished by the next one. With a crew, documents
        are prepared and embedded by it.

        Raises:
            BuildNeeded: it would build a new generation beside others, and `options.build` does not say so.
            Conflict: another sync has the index, or its contents were set back and `options.resume` does not say so.
            InputError, OutsideError: the sources cannot be listed completely; nothing is deleted then.
        """
        return await self._sync(open_crew).run(progress, options)

    async def roll_back(self, to: Moment, progress: Progress = no_progress) -> RollbackReport:
        """Set the contents back to what they were, and pause syncs until one resumes.

        Raises:
            InputError: the index has not been built, or it is not known what it held then.
            Conflict: a sync has the index.
        """
        generation = await to_thread(self._built, None)
        sequence = await to_thread(sequence_at, self._shop.store, generation, to)
        return await roll_back(self._shop, generation, sequence, progress)

    def history(self, limit: int | None = None) -> History:
        """The changes of the manifest, newest first."""
        return read_history(self._shop.store.corpus, self._built(None), limit)

    def generations(self, needs: Needs) -> Generations:
        """All generations, with those who need them."""
        return read_generations(self.name, self._shop.store.corpus, needs)

    def prune(self, needs: Needs, before: Moment | None = None, *, dry_run: bool = False) -> PruneReport:
        """Remove the generations that nobody needs, and forget what the others held before a moment; copies of repositories
        that no connection leads to any more go, too.

        Raises:
            InputError: that sequence has not been reached.
            Conflict: a sync has the index.
        """
        current = find_generation(self._shop.store.corpus.generations(self.name), self.spec)
        if dry_run:
            return plan_prune(self._shop, self.name, current, needs, before)
        remove_copies(self._root, self._shop.connections)
        return prune(self._shop, self.name, current, needs, before)

    def status(self) -> Status:
        """What the index holds, all generations of it."""
        shop = self._shop
        return read_status(self.name, self.spec, shop.store.corpus, shop.place, shop.clock())

    async def verify(
        self, progress: Progress = no_progress, *, repair: bool = False, full: bool = False, sources: bool = False
    ) -> Verification:
        """Compare the vector store with the manifest and the embedding cache.

        Args:
            progress: told of every part.
            repair: mend what is wrong; texts are embedded only if the cache has lost their vectors.
            full: search for every vector by itself, not for a sample of 200.
            sources: read all documents again and compare them with the manifest, too.

        Raises:
            InputError: the index has not been built.
            Conflict: a sync is running.
        """
        embedder = self._shop.embedder().identity
        generation = await to_thread(self._built, embedder, served=False)
        if generation.embedder != embedder and repair:
            await self._sync().run(progress, SyncOptions(force=True))
            generation = await to_thread(self._built, embedder)
        depth = Depth(None if full else SAMPLE, listing=self._sync().listing if sources else None)
        verifier = Verifier(self._shop, generation, depth)
        found = await (verifier.repair(progress) if repair else verifier.verify(progress))
        if generation.embedder == embedder:
            return found
        return found.model_copy(
            update={"unusable": f"it was built with {generation.embedder}, now there is {embedder}"}
        )

    async def search(
        self, text: str, *, k: int | None = None, min_score: float | None = None, filters: Filters | None = None
    ) -> Hits:
        """Find the best chunks for a text in the mode that the configuration says, best first. It works while a sync runs.

        Args:
            text: what to look for.
            k: how many; `retrieval.k` by default.
            min_score: the smallest cosine similarity to return; `retrieval.min_score` by default.
            filters: what must hold of a chunk's metadata, `source` and `key`; a list means any of its values. What the
                configuration says holds too.

        Raises:
            InputError: the index has not been built for this configuration and embedder, a required filter is missing, or
                one has no such values.
        """
        retrieval = self.spec.retrieval
        floor = retrieval.min_score if min_score is None else min_score
        holding = retrieval.filters_for(self.name, filters)
        query = Query(retrieval.mode, k or retrieval.k, floor, holding)
        return await self._searcher.search(self._shop.embedder, text, query)

    async def vectors(self, hits: Hits) -> "dict[str, Vectors]":
        """The vectors of what was found, by id."""
        return await self._searcher.vectors(hits)

    async def read(self, hits: Hits) -> Hits:
        """What was found as it is to be read: parents in place of chunks, chunks that overlap as one."""
        number = await to_thread(self._searcher.number, hits)
        contexts = await to_thread(gather_stretches, self._shop.store, number, hits.contexts)
        return hits.model_copy(update={"contexts": contexts})

    async def is_stale(self, hits: Hits, seconds: float) -> bool:
        """Whether the index may lack a change that is older than so many seconds."""
        number = await to_thread(self._searcher.number, hits)
        since = await to_thread(self._shop.store.corpus.freshness.lacks_since, number)
        return since is None or self._shop.clock().timestamp() - since > seconds

    def close(self) -> None:
        """Let go of the vector store; the index can be used again and then opens it anew."""
        self._searcher.close()

    async def search_at(
        self,
        text: str,
        moment: Moment,
        *,
        k: int | None = None,
        min_score: float | None = None,
        filters: Filters | None = None,
    ) -> Hits:
        """Find the chunks that a search would have found then in the mode of the configuration, best first, with the texts of
        then; exactly, whatever the vector store would have missed.

        Args:
            text: what to look for.
            moment: a sequence of the manifest, or a time.
            k: how many; `retrieval.k` by default.
            min_score: the smallest cosine similarity to return; `retrieval.min_score` by default.
            filters: what had to hold of a chunk's metadata, `source` and `key`. What the configuration says holds too.

        Raises:
            InputError: the index has not been built, a required filter is missing, or it is not known what it held then.
        """

        def place(embedder: str) -> Placed:
            generation = self._searcher.generation(embedder)
            return generation, sequence_at(self._shop.store, generation, moment)

        return await self._as_it_was(place, self._past).search(text, k=k, min_score=min_score, filters=filters)

    def at(self, generation: str, sequence: int) -> PastIndex:
        """A generation, by its uid, as it was at a sequence."""
        store = self._shop.store
        return self._as_it_was(pinned_place(store, self.name, self.spec, generation, sequence), PastSearcher(store))

    def _as_it_was(self, place: Callable[[str], Placed], searcher: PastSearcher) -> PastIndex:
        shop = self._shop
        return PastIndex(
            self.name, self.spec, shop.store, shop.embedder, place, searcher, lambda: shop.clock().timestamp()
        )

    def _sync(self, open_crew: OpenCrew | None = None) -> Sync:
        return Sync(self.name, self.spec, self._root, self._shop, open_crew)

    def _built(self, embedder: str | None, *, served: bool = True) -> Generation:
        generations = self._shop.store.corpus.generations(self.name)
        found = find_generation(generations, self.spec, embedder) or find_generation(generations, self.spec)
        if found is None or not (found.answers or (found.state == "broken" and not served)):
            raise InputError(
                f"index {self.name!r} has not been built for this configuration",
                hint=f"llmops index sync {self.name}",
            )
        return found
