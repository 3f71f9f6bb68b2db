"""Bring an index in step with its sources: survey, then, only if there is anything to do, take the lease and write.

The survey streams listing and manifest past each other and counts. When it finds nothing, that was all: no lease, no
write, no embedder, no vector store. Otherwise the same comparison runs again under the lease and its differences go through
the writer in batches.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

from llmops.core.bridge import to_thread
from llmops.core.errors import Conflict
from llmops.domain.corpus import RagSpec
from llmops.domain.crew import OpenCrew
from llmops.domain.manifest import Generation, Lease
from llmops.domain.ports import Embedder, Progress
from llmops.index.ahead import Ahead
from llmops.index.apply import GenerationWriter
from llmops.index.batches import Batch, MakeBatches, one_by_one
from llmops.index.chunking.headers import check_sizes, open_header
from llmops.index.chunking.methods import open_chunker
from llmops.index.estimate import BuildNeeded, check_budget
from llmops.index.generations import find_generation, new_generation, why_new
from llmops.index.listing import Listing, Seen
from llmops.index.options import SyncOptions
from llmops.index.plan import Tally
from llmops.index.planning import estimate_build, make_plan
from llmops.index.prepare import Preparation
from llmops.index.reports import SyncReport, read_failures
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.surroundings import Surroundings
from llmops.index.verify import AFTER_A_SYNC, Verification, Verifier, concluded
from llmops.index.workshop import Workshop
from llmops.storage.corpus import CorpusRepository
from llmops.storage.leases import this_process


@dataclass(frozen=True, slots=True)
class Survey:
    """What stands against what: a generation, where there is one, what was seen of each source by name, and whether something
    `waits` in the outbox."""

    generation: Generation | None
    seen: dict[str, Seen]
    waits: bool
    distrust: str

    @property
    def tallies(self) -> dict[str, Tally]:
        """What was counted, by source."""
        return {name: seen.tally for name, seen in self.seen.items()}

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        found = self.generation
        ready = found is not None and found.state == "ready" and found.verified_at is not None
        return ready and not (self.waits or self.distrust or any(t.differs for t in self.tallies.values()))


class Sync:
    """One run of `index sync`."""

    def __init__(
        self, index: str, spec: RagSpec, root: Path, workshop: Workshop, open_crew: OpenCrew | None = None
    ) -> None:
        self.index = index
        self._open_crew = open_crew
        self.listing = Listing(
            index, open_sources(spec.sources, Surroundings(root, workshop.connections)), workshop.store.corpus
        )
        self._spec = spec
        self._shop = workshop
        self._corpus: CorpusRepository = workshop.store.corpus

    def survey(self, generation: Generation | None) -> Survey:
        """Compare every source with the manifest of a generation, without reading a document."""
        seen = {source.name: self.listing.survey(source, generation) for source in self.listing.sources}
        if generation is None:
            return Survey(None, seen, False, "")
        waits = self._corpus.last_pending(generation.id) > 0
        return Survey(generation, seen, waits, self._shop.place.distrust(generation))

    async def run(self, progress: Progress, options: SyncOptions) -> SyncReport:
        """Survey, and write if there is anything to write."""
        began = monotonic()
        await to_thread(self._check_pause, options)
        generations = await to_thread(self._corpus.generations, self.index)
        survey = await to_thread(self.survey, find_generation(generations, self._spec))
        if survey.is_idle and survey.generation is not None and not (options.force or options.build):
            await to_thread(self._corpus.freshness.note_listed, survey.generation.id, self._shop.clock())
            report = await to_thread(self._report, survey.generation, survey.tallies)
        else:
            await to_thread(self._check_build, generations, survey.generation, options)
            report = await self._write(survey, progress, options)
        return report.model_copy(update={"seconds": monotonic() - began})

    def _check_pause(self, options: SyncOptions) -> None:
        paused = self._corpus.past.paused(self.index)
        if paused is None:
            return
        if options.resume:
            self._corpus.past.resume(self.index)
            return
        raise Conflict(
            f"index {self.index!r} was {paused.note} at {paused.at:%Y-%m-%d %H:%M} UTC and is left so",
            hint=f"Bring it back into step with its sources: llmops index sync {self.index} --resume",
        )

    async def _write(self, survey: Survey, progress: Progress, options: SyncOptions) -> SyncReport:
        holder, clock = this_process(), self._shop.clock
        lease = await to_thread(self._corpus.leases.acquire, self.index, holder, clock())
        try:
            embedder = await to_thread(self._shop.embedder)
            check_sizes(self._spec.chunking, self._spec.embedding, embedder)
            generation, reason = await to_thread(self._open_generation, embedder, lease, options)
            writer = GenerationWriter(self._shop, generation, lease)
            try:
                if writer.generation != survey.generation:  # somebody else wrote meanwhile, or it is new
                    survey = await to_thread(self.survey, writer.generation)
                async with self._batch_maker(generation, lease) as make_batches:
                    confirmed = options.confirm_deletes
                    done = await self._apply(
                        writer, embedder, survey, progress, make_batches, confirm_deletes=confirmed
                    )
                generation = await writer.finish(listed=True)
            finally:
                writer.close()
            generation, verified = await self._verify(generation, lease, progress)
        finally:
            self._corpus.leases.release(lease)
        report = await to_thread(self._report, generation, survey.tallies)
        told = {**done.figures(), **asdict(writer.effort), "reason": reason, "verified": verified}
        return report.model_copy(update=told)

    @asynccontextmanager
    async def _batch_maker(self, generation: Generation, lease: Lease) -> AsyncIterator[MakeBatches]:
        """Who makes the batches: this process, when the writer asks for them, or a crew ahead of it."""
        if self._open_crew is None:
            yield one_by_one
            return

        async def renew() -> None:
            await to_thread(self._corpus.leases.renew, lease, self._shop.clock())

        async with self._open_crew(generation) as crew:
            yield Ahead(crew, generation, self._shop.store.embeddings, renew).batches

    async def _verify(
        self, generation: Generation, lease: Lease, progress: Progress
    ) -> tuple[Generation, Verification | None]:
        """Look at vectors that were made since they were last looked at; what is found wrong is not served."""
        if generation.verified_at is not None and generation.state == "ready":
            return generation, None
        found = await Verifier(self._shop, generation, AFTER_A_SYNC).check(progress)
        generation = concluded(generation, found, self._shop)
        await to_thread(self._corpus.save, generation, lease, self._shop.clock())
        self._shop.fault("verified")
        return generation, found

    async def _apply(
        self,
        writer: GenerationWriter,
        embedder: Embedder,
        survey: Survey,
        progress: Progress,
        make_batches: MakeBatches,
        *,
        confirm_deletes: bool,
    ) -> "_Done":
        await writer.recover(progress)
        done = _Done()
        total = sum(t.added + t.changed + t.gone for t in survey.tallies.values())
        chunker = open_chunker(self._spec.chunking, embedder, pipeline=writer.generation.pipeline)
        header = open_header(self._spec.chunking, embedder)
        for source in self.listing.sources:
            delete = confirm_deletes or not survey.tallies[source.name].has_shrunk
            preparation = Preparation(source, chunker, embedder.identity, header, writer.generation.pipeline)
            rest = self.listing.again(source, writer.generation, survey.seen[source.name])
            async with aclosing(make_batches(rest, preparation, delete)) as batches:
                async for batch in batches:
                    within = _within(progress, done.differences, batch.size, total)
                    if (writes := batch.to_write()) or batch.gone:
                        await writer.write(writes, batch.gone, within, made=batch.made)
                    done.add(batch)
                    progress(done.differences, total, "indexing")
        return done

    def _check_build(self, generations: list[Generation], found: Generation | None, options: SyncOptions) -> None:
        """Build no generation beside others unasked, and spend no more than was said."""
        asked = options.build or found is not None or not any(each.answers for each in generations)
        if asked and options.budget is None:
            return
        plan = make_plan(self.listing, self._spec, self._shop)
        if not asked:
            raise BuildNeeded(self.index, why_new(generations, self._spec), plan.estimate)
        check_budget(self.index, plan.estimate, options.budget)

    def _open_generation(self, embedder: Embedder, lease: Lease, options: SyncOptions) -> tuple[Generation, str]:
        generations = self._corpus.generations(self.index)
        found = find_generation(generations, self._spec, embedder.identity)
        if found:
            return found, ""
        now, reason = self._shop.clock(), why_new(generations, self._spec, embedder.identity)
        if not options.build and any(each.answers for each in generations):
            raise BuildNeeded(
                self.index, reason, estimate_build(self.listing, self._spec, self._shop, embedder.identity)
            )
        made = new_generation(self.index, self._spec, embedder, self._shop.place.layout, now)
        return self._corpus.create(made, lease, now), reason

    def _report(self, generation: Generation, tallies: dict[str, Tally]) -> SyncReport:
        counts = self._corpus.counts(generation.id)
        return SyncReport(
            index=self.index,
            generation=generation.uid,
            sequence=self._corpus.sequence(generation.id),
            unchanged=sum(t.known - t.changed - t.gone for t in tallies.values()),
            failed=read_failures(self._corpus, generation.id) if counts.failed else (),
            documents=counts.documents,
            chunks=counts.chunks,
            notes=self.listing.notes,
        )


@dataclass(slots=True)
class _Done:
    """What has been done with the differences so far."""

    added: int = 0
    updated: int = 0
    touched: int = 0
    deleted: int = 0
    held: int = 0
    differences: int = 0

    def add(self, batch: Batch) -> None:
        known = {item.id for item in batch.known}
        for write in batch.writes:
            if write.item.error:
                continue
            self.added += write.chunks is not None and write.item.id not in known
            self.updated += write.chunks is not None and write.item.id in known
            self.touched += write.chunks is None
        self.deleted += len(batch.gone)
        self.held += batch.held
        self.differences += batch.size

    def figures(self) -> dict[str, int]:
        names = ("added", "updated", "touched", "deleted", "held")
        return {name: getattr(self, name) for name in names}


def _within(progress: Progress, done: int, size: int, total: int) -> Progress:
    """Report what is done of a batch as a share of its documents."""

    def report(part: int, whole: int | None, what: str) -> None:
        progress(done + size * part // max(1, whole or 1), total, what)

    return report
