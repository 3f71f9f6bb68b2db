"""Recording runs on a store, with a journal that writes when it is told to."""

from datetime import UTC, datetime
from pathlib import Path

from llmops.storage.store import Store
from llmops.tracking.begin import Beginning
from llmops.tracking.journal import Journal
from llmops.tracking.recorder import Recorder
from llmops.tracking.system import SystemLoad

NEVER = 3600.0


def make_recorder(
    store: Store, name: str = "baseline", *, run_id: str = "", parent: str = "", watch: SystemLoad | None = None
) -> Recorder:
    """A run to be recorded; the journal writes at its end, or when it is flushed."""
    beginning = Beginning(
        store, Path("/"), name, experiment="churn", run_id=run_id, parent=parent, watch=watch, clock=now
    )
    journal = Journal(lambda batches: store.tracking.record(batches, now()), interval=NEVER)
    return Recorder(beginning, journal, store.blobs)


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)
