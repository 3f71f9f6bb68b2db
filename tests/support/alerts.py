"""Alerts and statuses of streams for tests."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from llmops.core.hashing import Json
from llmops.domain.alert import Alert, AlertEvent, Stream
from llmops.domain.artifact import Actor, Move
from tests.support.examples import ANNA
from tests.support.interactions import BEGAN

MONITOR = Actor(name="monitor docs", source="monitor")


@dataclass(frozen=True)
class SeenStatus:
    """What a monitor says of a stream."""

    signal: str = "latency"
    segment: str = ""
    state: str = "drift"
    statistic: float = 150_000.0
    threshold: float = 100_000.0
    promise: str = "arl"
    promised: float | None = None
    observations: int = 900
    reference: float | None = 0.5
    current: float | None = 0.9
    since: datetime | None = BEGAN
    note: str = ""

    def but(self, **changes: Json) -> "SeenStatus":
        return replace(self, **changes)


def drifting(signal: str = "latency", **fields: Json) -> Stream:
    """A stream that drifts."""
    known: dict[str, Json] = {"statistic": 150_000.0, "threshold": 100_000.0, "since": BEGAN, "observations": 900}
    return Stream.model_validate({"signal": signal, **known, **fields})


def an_alert(number: int = 1, **fields: Json) -> Alert:
    """An open alert."""
    at = BEGAN + timedelta(hours=number)
    known: dict[str, Json] = {
        "id": f"alr-{number}",
        "monitor": "docs",
        "app": "docs",
        "cause": f"time:{number}",
        "opened_at": at,
        "updated_at": at,
        "since": BEGAN,
        "until": at,
        "streams": (drifting(reference=0.5, current=0.9),),
        "events": (AlertEvent(at=at, what="opened", actor=MONITOR),),
    }
    return Alert.model_validate({**known, **fields})


def a_move(sequence: int, **fields: Json) -> Move:
    """A row of the history: app/docs@production moved from version 1 to 2."""
    known: dict[str, Json] = {
        "sequence": sequence,
        "kind": "app",
        "name": "docs",
        "alias": "production",
        "action": "move",
        "from_number": 1,
        "to_number": 2,
        "to_digest": "sha256:2",
        "actor": ANNA,
        "reason": "",
        "at": BEGAN,
        "previous": "",
        "hash": f"sha256:{sequence}",
    }
    return Move.model_validate({**known, **fields})
