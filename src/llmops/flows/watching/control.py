"""The control set of judged signals: outputs that were judged at first, judged again on schedule and when the signal drifts.

The outputs have not changed. If they get other scores now, the judge did; if not, and the signal drifts, the app did.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from llmops.core.bridge import run_sync
from llmops.core.durations import seconds
from llmops.core.errors import LlmopsError, NotFound
from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction
from llmops.measures.flips import sign_flip
from llmops.monitor.protocol import Measured
from llmops.monitor.signals.judged import Judged
from llmops.storage.interactions import InteractionRepository

FEWEST: Final = 10  # outputs, of which something can be said
LEVEL: Final = 0.001  # of one test; it is looked at again and again
AGAIN: Final = timedelta(days=1)  # between two looks while the signal drifts


@dataclass(slots=True)
class Control:
    """The outputs of one signal by id with their first scores, when they were judged again last, and what came of it."""

    scores: dict[str, float] = field(default_factory=dict)
    checked_at: datetime | None = None
    said: str = ""

    def keep(
        self, signal: Judged, page: Sequence[Interaction], values: Sequence[Measured | Exception], now: datetime
    ) -> None:
        """Keep what was judged first, until there is enough."""
        for one, value in zip(page, values, strict=True):
            if len(self.scores) >= signal.control:
                return
            if isinstance(value, float):
                self.scores[one.id] = value
                self.checked_at = self.checked_at or now

    def look(self, signal: Judged, log: InteractionRepository, *, drifts: bool, now: datetime) -> None:
        """Judge them again, if it is time: once in `recheck`, and once a day while the signal drifts."""
        if len(self.scores) < FEWEST or self.checked_at is None:
            return
        pause = (
            min(AGAIN, timedelta(seconds=seconds(signal.recheck)))
            if drifts
            else timedelta(seconds=seconds(signal.recheck))
        )
        if now - self.checked_at < pause and not (drifts and not self.said):
            return
        found = [one for id_ in self.scores if (one := _look_up(log, id_)) is not None]
        try:
            values = run_sync(_again(signal, found))
        except (LlmopsError, ValueError, OSError) as error:
            self.said = f"the control set could not be judged again: {error}"[:300]
            return
        pairs = [
            (self.scores[one.id], value) for one, value in zip(found, values, strict=True) if isinstance(value, float)
        ]
        self.checked_at = now
        self.said = compare_scores(pairs, now)

    def to_json(self) -> Json:
        """Its JSON form."""
        checked = None if self.checked_at is None else self.checked_at.isoformat()
        return {"scores": self.scores, "checked_at": checked, "said": self.said}


def control_from_json(value: Json) -> Control:
    """Read the JSON form of a control set."""
    checked = value["checked_at"]
    return Control(dict(value["scores"]), None if checked is None else datetime.fromisoformat(checked), value["said"])


def compare_scores(pairs: Sequence[tuple[float, float]], now: datetime) -> str:
    """Say whether the same outputs get other scores now than at first: exact sign flips of the differences."""
    if len(pairs) < FEWEST:
        return f"only {len(pairs)} outputs of the control set could be judged again"
    then, since = (math.fsum(side) / len(pairs) for side in zip(*pairs, strict=True))
    p = sign_flip([new - old for old, new in pairs])
    means = f"the {len(pairs)} outputs of its control set got {then:.3g} at first and {since:.3g} on {now:%Y-%m-%d}"
    if p <= LEVEL:
        return f"the judge changed, and not only the app: {means} (p = {p:.2g})"
    return f"the judge scores as before: {means} (p = {p:.2g})"


async def _again(signal: Judged, page: Sequence[Interaction]) -> Sequence[float | Exception | None]:
    return await signal.again(page)


def _look_up(log: InteractionRepository, id_: str) -> Interaction | None:
    try:
        return log.get(id_)
    except NotFound:
        return None
