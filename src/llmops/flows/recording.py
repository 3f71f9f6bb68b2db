"""Opens the recording of a run on the store of a workspace; all runs of a process are written by one thread."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from llmops.core.errors import LlmopsError, StoreError
from llmops.core.hashing import Json, digest_bytes
from llmops.core.settings import STATE
from llmops.flows.services import Services
from llmops.storage.store import Store
from llmops.tracking.begin import Beginning
from llmops.tracking.journal import Journal
from llmops.tracking.recorder import Recorder, as_texts
from llmops.tracking.system import SystemLoad
from llmops.tracking.waiting import FOLDER, WaitingRuns

_journals: "WeakKeyDictionary[Store, tuple[Journal, WaitingRuns]]" = WeakKeyDictionary()


def open_recorder(
    services: Services,
    name: str,
    *,
    experiment: str = "",
    run_id: str = "",
    parent: str = "",
    tags: Mapping[str, Json] | None = None,
    system_metrics: bool = False,
) -> Recorder:
    """A run that is to be recorded; it begins with `start`, or as a context manager."""
    store = services.store
    journal, waiting = _journal(services)
    with suppress(StoreError):  # it says so when the run begins
        waiting.bring_in()
    beginning = Beginning(
        store,
        services.root,
        name,
        experiment=experiment,
        parent=parent,
        run_id=run_id,
        tags=as_texts(tags or {}),
        watch=SystemLoad() if system_metrics else None,
        clock=lambda: datetime.now(UTC),
    )
    return Recorder(beginning, journal, store.blobs)


def recover_runs(services: Services) -> int:
    """Bring in what runs recorded while the store did not take it; returns how many batches that were.

    Raises:
        StoreError: it does not take it now either; it goes on waiting.
    """
    return _waiting(services).bring_in()


def waiting_files(services: Services) -> int:
    """How many files wait to be brought in."""
    return _waiting(services).count()


def _journal(services: Services) -> tuple[Journal, WaitingRuns]:
    store = services.store
    known = _journals.get(store)
    if known is None:
        waiting, tracking = _waiting(services), store.tracking

        def say(error: LlmopsError, waits: bool) -> None:
            rest = f"waits in {waiting.place} for the next run, or for: llmops runs recover"
            what = rest if waits else "is not written"
            print(f"llmops: {error.message}; what a run records {what}", file=sys.stderr)

        journal = Journal(lambda batches: tracking.record(batches, datetime.now(UTC)), on_failure=say, waiting=waiting)
        known = _journals[store] = journal, waiting
    return known


def _waiting(services: Services) -> WaitingRuns:
    """What waits for this store, and for no other that the workspace may have had."""
    store = services.store
    tracking, kind = store.tracking, digest_bytes(store.url.encode())[-8:]
    return WaitingRuns(
        services.root / STATE / FOLDER / kind,
        lambda batch: tracking.record([batch], None),
        lambda batch: print(f"llmops: run {batch.run_id} was deleted; what it recorded is dropped", file=sys.stderr),
    )
