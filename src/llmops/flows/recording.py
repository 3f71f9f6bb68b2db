"""Opens the recording of a run on the store of a workspace; all runs of a process are written by one thread."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakKeyDictionary

from llmops.core.errors import LlmopsError, StoreError
from llmops.core.hashing import Json, digest_bytes
from llmops.core.settings import STATE
from llmops.storage.store import Store
from llmops.tracking.begin import Beginning
from llmops.tracking.journal import Journal
from llmops.tracking.recorder import Recorder, as_texts
from llmops.tracking.system import SystemLoad
from llmops.tracking.waiting import FOLDER, WaitingRuns

_journals: "WeakKeyDictionary[Store, tuple[Journal, WaitingRuns]]" = WeakKeyDictionary()


class Recording:
    """What runs of a workspace are recorded with: its store, and the folder where they wait while that is down."""

    def __init__(self, store: Store, root: Path) -> None:
        self._store = store
        self._root = root

    def open(
        self,
        name: str,
        *,
        experiment: str = "",
        run_id: str = "",
        parent: str = "",
        tags: Mapping[str, Json] | None = None,
        system_metrics: bool = False,
    ) -> Recorder:
        """A run that is to be recorded; it begins with `start`, or as a context manager."""
        journal, waiting = self._journal()
        with suppress(StoreError):  # it says so when the run begins
            waiting.bring_in()
        beginning = Beginning(
            self._store,
            self._root,
            name,
            experiment=experiment,
            parent=parent,
            run_id=run_id,
            tags=as_texts(tags or {}),
            watch=SystemLoad() if system_metrics else None,
            clock=lambda: datetime.now(UTC),
        )
        return Recorder(beginning, journal, self._store.blobs)

    def waiting(self) -> WaitingRuns:
        """What waits for this store, and for no other that the workspace may have had."""
        tracking, kind = self._store.tracking, digest_bytes(self._store.url.encode())[-8:]
        return WaitingRuns(
            self._root / STATE / FOLDER / kind,
            lambda batch: tracking.record([batch], None),
            lambda batch: print(
                f"llmops: run {batch.run_id} was deleted; what it recorded is dropped", file=sys.stderr
            ),
        )

    def _journal(self) -> tuple[Journal, WaitingRuns]:
        known = _journals.get(self._store)
        if known is None:
            waiting, tracking = self.waiting(), self._store.tracking

            def say(error: LlmopsError, waits: bool) -> None:
                rest = f"waits in {waiting.place} for the next run, or for: llmops runs recover"
                what = rest if waits else "is not written"
                print(f"llmops: {error.message}; what a run records {what}", file=sys.stderr)

            journal = Journal(
                lambda batches: tracking.record(batches, datetime.now(UTC)), on_failure=say, waiting=waiting
            )
            known = _journals[self._store] = journal, waiting
        return known
