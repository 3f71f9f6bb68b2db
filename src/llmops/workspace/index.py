"""An index as a program holds it, used from sync and async code."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from llmops.core.bridge import on_loop, run_sync
from llmops.domain.corpus import Hits
from llmops.domain.ports import Filters, Progress, Retriever, no_progress
from llmops.index.index import Index, Plan, Status, SyncReport, Verification

if TYPE_CHECKING:
    from llmops.flows.questions import QuestionOptions, QuestionReport


class IndexHandle:
    """An index by the name of its RAG configuration. `opened` gives the index for reading, or for writing; `written` writes
    questions from it; `retriever` is what answers from it."""

    def __init__(
        self,
        opened: Callable[[bool], Index],
        written: "Callable[[QuestionOptions, Progress], Awaitable[QuestionReport]]",
        retriever: Callable[[], Retriever],
    ) -> None:
        self._opened = opened
        self._written = written
        self._retriever = retriever

    def plan(self) -> Plan:
        """What a sync would do; nothing is done."""
        return self._opened(False).plan()

    def status(self) -> Status:
        """The generations and what they hold."""
        return self._opened(False).status()

    def sync(self, *, confirm_deletes: bool = False, progress: Progress = no_progress) -> SyncReport:
        """Bring the index into step with its sources."""
        return run_sync(self._opened(True).sync(confirm_deletes=confirm_deletes, progress=progress))

    def verify(self, *, repair: bool = False) -> Verification:
        """Compare the vector store with the manifest."""
        return run_sync(self._opened(repair).verify(repair=repair))

    def search(self, text: str, *, k: int | None = None, filters: Filters | None = None) -> Hits:
        """What an app under this configuration would be given for a question, best first.

        Args:
            text: the question.
            k: how many; the configured number by default.
            filters: what must hold of a chunk's metadata, `source` and `key`; a list means any of its values.

        Raises:
            InputError: the index has not been built, or a required filter is missing.
        """
        return run_sync(self._retriever().retrieve(text, k=k, filters=filters))

    async def asearch(self, text: str, *, k: int | None = None, filters: Filters | None = None) -> Hits:
        """`search`, for async code."""
        return await on_loop(self._retriever().retrieve(text, k=k, filters=filters))

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
