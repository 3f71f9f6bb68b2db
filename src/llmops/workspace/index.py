"""An index as a program holds it, used from sync and async code."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING

from llmops.core.bridge import on_loop, run_sync
from llmops.core.durations import seconds
from llmops.domain.corpus import Hits
from llmops.domain.needs import Needs
from llmops.domain.ports import Filters, Progress, Retriever, no_progress
from llmops.index.index import (
    Generations,
    History,
    Index,
    Moment,
    Plan,
    PruneReport,
    RollbackReport,
    Status,
    SyncOptions,
    SyncReport,
    Verification,
)
from llmops.index.watching import Watched, keep_watch

if TYPE_CHECKING:
    from llmops.flows.questions import QuestionOptions, QuestionReport


class IndexHandle:
    """An index by the name of its RAG configuration. `opened` gives the index for reading, or for writing; `synced` brings it and
    its needed generations into step; `written` writes questions from it; `retriever` is what answers from it; `needs` says who
    needs which configuration of it."""

    def __init__(
        self,
        opened: Callable[[bool], Index],
        synced: Callable[[SyncOptions, Progress], Coroutine[None, None, SyncReport]],
        written: "Callable[[QuestionOptions, Progress], Awaitable[QuestionReport]]",
        retriever: Callable[[], Retriever],
        needs: Callable[[str], Needs],
    ) -> None:
        self._opened = opened
        self._synced = synced
        self._written = written
        self._retriever = retriever
        self._needs = needs

    def plan(self) -> Plan:
        """What a sync would do; nothing is done."""
        return self._opened(False).plan()

    def status(self) -> Status:
        """The generations and what they hold."""
        return self._opened(False).status()

    def sync(
        self,
        *,
        confirm_deletes: bool = False,
        build: bool = False,
        budget: float | None = None,
        resume: bool = False,
        executor: str = "local",
        concurrency: int = 8,
        progress: Progress = no_progress,
    ) -> SyncReport:
        """Bring the index into step with its sources, and with it every generation that a working file or an alias needs.

        Args:
            confirm_deletes: delete what is gone even if a source has lost more than 30 % of its documents.
            build: build a new generation beside those that the index has, if the configuration needs one.
            budget: US dollars that embedding may cost; what would cost more is not begun.
            resume: go on after a rollback of the contents.
            executor: where documents are parsed and cut, and texts embedded: `local`, `ray`, or a plug-in's.
            concurrency: how many pieces of that work are under way at once, where it is not `local`.
            progress: told of every batch.
        """
        options = SyncOptions(confirm_deletes, build, budget, resume, executor=executor, concurrency=concurrency)
        return run_sync(self._synced(options, progress))

    def roll_back(self, to: Moment, *, progress: Progress = no_progress) -> RollbackReport:
        """Set the contents back to a sequence or a time, without embedding anything, and pause syncs until one resumes."""
        return run_sync(self._opened(True).roll_back(to, progress))

    def history(self, limit: int | None = None) -> History:
        """The changes of the contents, newest first."""
        return self._opened(False).history(limit)

    def generations(self) -> Generations:
        """All generations: what they were built of and hold, and which working files and alias holders need them."""
        index = self._opened(False)
        return index.generations(self._needs(index.name))

    def prune(self, *, before: Moment | None = None, dry_run: bool = False) -> PruneReport:
        """Remove the generations that no working file and no current or previous alias holder needs; forget history.

        Args:
            before: a sequence of this configuration's generation, or a time for all: what was held before is forgotten, with
                its texts and vectors. Without it no history is forgotten.
            dry_run: say what would go, and let it be.

        Raises:
            InputError: that sequence has not been reached, or a working file cannot be read.
            Conflict: a sync has the index.
        """
        index = self._opened(not dry_run)
        return index.prune(self._needs(index.name), before, dry_run=dry_run)

    def verify(
        self, *, repair: bool = False, sources: bool = False, full: bool = False, progress: Progress = no_progress
    ) -> Verification:
        """Compare the vector store with the manifest and the embedding cache.

        Args:
            repair: mend what is wrong from the embedding cache.
            sources: read all documents again and compare them with the manifest, too.
            full: search for every vector by itself, not for a sample of 200.
            progress: told of every part.
        """
        return run_sync(self._opened(repair).verify(progress, repair=repair, sources=sources, full=full))

    def search(
        self,
        text: str,
        *,
        k: int | None = None,
        filters: Filters | None = None,
        as_of: Moment | None = None,
        max_staleness: str | None = None,
    ) -> Hits:
        """What an app under this configuration would be given for a question, best first.

        Args:
            text: the question.
            k: how many; the configured number by default.
            filters: what must hold of a chunk's metadata, `source` and `key`; a list means any of its values.
            as_of: a sequence or a time; what a search found then, without rewriting, reranking and packing.
            max_staleness: mark the answer (`is_stale`) where the index may lack a change that is older: `15m`, `1h`.

        Raises:
            InputError: the index has not been built, a required filter is missing, or it is not known what it held then.
        """
        return run_sync(self._search(text, k, filters, as_of, max_staleness))

    async def asearch(
        self,
        text: str,
        *,
        k: int | None = None,
        filters: Filters | None = None,
        as_of: Moment | None = None,
        max_staleness: str | None = None,
    ) -> Hits:
        """`search`, for async code."""
        return await on_loop(self._search(text, k, filters, as_of, max_staleness))

    def watch(self, *, every: float = 2.0, told: Callable[[Watched], None], stop: Callable[[float], bool]) -> None:
        """Sync whenever the sources have changed, until it is stopped.

        Args:
            every: seconds between two looks at the sources.
            told: what a sync did, or why it failed; not called where there was nothing to do.
            stop: waits so many seconds, and says whether to stop.
        """
        keep_watch(self.sync, every=every, told=told, stop=stop)

    def write_questions(
        self, *, count: int = 50, model: str = "", seed: int = 0, output: str = "", progress: Progress = no_progress
    ) -> "QuestionReport":
        """Write a dataset of questions from chunks drawn by a seed, with their answers and evidence, through a chat model.

        Args:
            count: how many cases the file is to have; one that was begun is continued.
            model: the chat model; `[models] default` without one.
            seed: which chunks are drawn.
            output: the dataset's name; `INDEX-questions` without one.
            progress: told of every batch.

        Raises:
            InputError: the index has not been built, or the model is none that could write.
            Conflict: the file holds cases that somebody else wrote.
            ModelError: the model fails; what is written stays.
        """
        from llmops.flows.questions import QuestionOptions

        async def write() -> "QuestionReport":
            return await self._written(QuestionOptions(count, model, seed, output), progress)

        return run_sync(write())

    async def _search(
        self, text: str, k: int | None, filters: Filters | None, as_of: Moment | None, max_staleness: str | None
    ) -> Hits:
        if as_of is not None:
            return await self._opened(False).search_at(text, as_of, k=k, filters=filters)
        hits = await self._retriever().retrieve(text, k=k, filters=filters)
        if max_staleness is None:
            return hits
        stale = await self._opened(False).is_stale(hits, seconds(max_staleness))
        return hits.model_copy(update={"is_stale": stale})
