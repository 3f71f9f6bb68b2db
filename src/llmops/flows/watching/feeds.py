"""What a monitor reads: an app's interactions and the feedback on them, a model's rows in the log, or rows of a file; in pages,
oldest first, from where it stopped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.moments import read_moment
from llmops.domain.interaction import Interaction
from llmops.flows.services import Services
from llmops.flows.watching.opening import OpenMonitor
from llmops.monitor.protocol import texts_read

PAGE: Final = 1_000
_TIMES: Final = ("at", "time", "timestamp", "date")
_NEVER: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Cursor(NamedTuple):
    """How far a monitor has read: the mark of the last interaction or row, and of the last feedback."""

    seq: int = 0
    feedback: int = 0


class Page(NamedTuple):
    """Interactions, and how far a monitor has read after them; `is_feedback` where they are there for a score that was given."""

    interactions: list[Interaction]
    cursor: Cursor
    is_feedback: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """What is new until now. `is_timed` says whether rows tell when they were."""

    services: Services
    monitor: OpenMonitor
    until: Cursor
    is_timed: bool = True

    def pages(self, cursor: Cursor) -> Iterator[Page]:
        """Pages of what came after a cursor."""
        if self.monitor.spec.target.file is None:
            yield from self._logged(cursor)
            return
        rows = islice(rows_of(self.services.root / self.monitor.spec.target.file), cursor.seq, None)
        while page := list(islice(rows, PAGE)):
            cursor = Cursor(cursor.seq + len(page))
            yield Page(page, cursor)

    def _logged(self, cursor: Cursor) -> Iterator[Page]:
        log, app = self.services.store.interactions, self.monitor.app
        texts = texts_read(self.monitor.signals.values())
        while found := log.oldest_first(app, after=cursor.seq, until=self.until.seq, limit=PAGE, texts=texts):
            cursor = cursor._replace(seq=found[-1][0])
            yield Page([one for _, one in found if self._counts(one)], cursor)
        while said := log.scored(app, after=cursor.feedback, until=self.until.feedback, limit=PAGE):
            cursor = cursor._replace(feedback=said[-1][0])
            yield Page([one for _, one in said if self._counts(one)], cursor, is_feedback=True)

    def _counts(self, one: Interaction) -> bool:
        model = self.monitor.spec.target.model
        if model is not None:
            return one.metadata.get("model") == model
        return self.monitor.versions is None or one.version in self.monitor.versions


def open_feed(services: Services, monitor: OpenMonitor, since: datetime) -> tuple[Cursor, Feed]:
    """What there is to read, and the cursor before the first interaction since then."""
    file = monitor.spec.target.file
    if file is not None:
        path = services.root / file
        if not path.resolve().is_relative_to(services.root.resolve()):
            raise InputError(f"{file} lies outside of the workspace", hint=f"Put it below {services.root}.")
        if not path.is_file():
            raise InputError(f"there is no file {file}", hint=f"monitor/{monitor.name} reads its rows from there.")
        first = next(rows_of(path), None)
        return Cursor(), Feed(services, monitor, Cursor(), is_timed=first is not None and first.at != _NEVER)
    before, last, said = services.store.interactions.marks(since)
    return Cursor(before, 0), Feed(services, monitor, Cursor(last, said))


def rows_of(path: Path) -> Iterator[Interaction]:
    """The rows of a file as interactions: columns are metadata, `output` or `prediction` is the output, a column called at,
    time, timestamp or date says when."""
    from llmops.text.records import read_records

    for number, (_, row) in enumerate(read_records(path)):
        yield _interaction(f"row-{number}", row)


def _interaction(id_: str, row: Mapping[str, Json]) -> Interaction:
    time = next((row[name] for name in _TIMES if row.get(name)), None)
    output = row.get("output", row.get("prediction", ""))
    at = _NEVER if time is None else read_moment(str(time), _NEVER)
    return Interaction(id=id_, at=at, source="log", metadata=dict(row), output="" if output is None else str(output))
