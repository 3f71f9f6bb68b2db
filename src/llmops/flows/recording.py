"""Opens the recording of a run on the store of a workspace; all runs of a process are written by one thread."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from llmops.core.errors import LlmopsError
from llmops.core.hashing import Json
from llmops.flows.services import Services
from llmops.storage.store import Store
from llmops.tracking.begin import Beginning
from llmops.tracking.journal import Journal
from llmops.tracking.recorder import Recorder, as_texts
from llmops.tracking.system import SystemLoad

_journals: "WeakKeyDictionary[Store, Journal]" = WeakKeyDictionary()


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
    beginning = Beginning(
        services.store,
        services.root,
        name,
        experiment=experiment,
        parent=parent,
        run_id=run_id,
        tags=as_texts(tags or {}),
        watch=SystemLoad() if system_metrics else None,
        clock=lambda: datetime.now(UTC),
    )
    return Recorder(beginning, _journal(services.store), services.store.blobs)


def _journal(store: Store) -> Journal:
    journal = _journals.get(store)
    if journal is None:
        tracking = store.tracking
        journal = Journal(lambda batches: tracking.record(batches, datetime.now(UTC)), on_failure=_say)
        _journals[store] = journal
    return journal


def _say(error: LlmopsError) -> None:
    print(f"llmops: what a run records waits for the store: {error.message}", file=sys.stderr)
