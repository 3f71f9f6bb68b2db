"""An index as a program holds it, used from sync and async code."""

from collections.abc import Callable

from llmops.core.bridge import on_loop, run_sync
from llmops.domain.corpus import Hits
from llmops.domain.ports import Progress, no_progress
from llmops.index.index import Index, Plan, Status, SyncReport, Verification


class IndexHandle:
    """An index by the name of its RAG configuration. `opened` gives the index for reading, or for writing."""

    def __init__(self, opened: Callable[[bool], Index]) -> None:
        self._opened = opened

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

    def search(self, text: str, *, k: int | None = None) -> Hits:
        """The nearest chunks, best first."""
        return run_sync(self._opened(False).search(text, k=k))

    async def asearch(self, text: str, *, k: int | None = None) -> Hits:
        """`search`, for async code."""
        return await on_loop(self._opened(False).search(text, k=k))
