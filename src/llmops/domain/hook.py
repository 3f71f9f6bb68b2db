"""Hooks: what happened (Event), the telling of it to one receiver (Delivery), and how one try ended (Attempt)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from llmops.core.hashing import Json
from llmops.core.hook_settings import EventType
from llmops.domain.artifact import Actor
from llmops.domain.noun import Noun

FORMAT: Final = 1  # grows when a receiver would have to change

DeliveryState = Literal["pending", "delivered", "failed"]


class Event(Noun):
    """Something that happened. `subject` is what it happened to, as JSON; docs/hooks.md describes it for each type."""

    id: str
    type: EventType
    at: datetime
    actor: Actor
    subject: dict[str, Json]

    def body(self) -> str:
        """What receivers get: JSON in ASCII. Numbers without a JSON form are null."""
        value = json.loads(self.model_dump_json(include={"actor", "subject"}))
        at = self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return json.dumps({"format": FORMAT, "id": self.id, "event": self.type, "at": at, **value})


class Delivery(Noun):
    """One event on its way to one hook. `body` is exactly what is sent.

    Attributes:
        state: `pending` until the receiver took it, or until it is given up (`failed`).
        attempts: how often it was tried, the present attempt included.
        due_at: when it may be tried next; while someone tries it, when they are thought to have died.
        token: grows whenever someone takes it up, so that who was thought dead cannot say how it ended.
        error: why the last attempt did not succeed.
    """

    id: str
    event_id: str
    event: EventType
    hook: str
    body: str
    state: DeliveryState = "pending"
    attempts: int = 0
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None = None
    token: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended: well, or with an error.

    Attributes:
        error: what went wrong, without anything secret; empty if the receiver took it.
        again: whether another attempt may do better.
        reached: whether the receiver was there at all; if not, other deliveries to it can wait too.
        wait: the seconds that the receiver asked us to wait, if it did.
    """

    error: str = ""
    again: bool = True
    reached: bool = True
    wait: float | None = None


class Sender(Protocol):
    """Takes deliveries to one receiver, one at a time."""

    def send(self, delivery: Delivery, now: datetime) -> Attempt:
        """Try once; blocks until the receiver answered, its time is over, or `cancel` was called."""
        ...

    def cancel(self) -> None:
        """Break off the attempt under way, from another thread, and every later one."""
        ...
