"""Which streams that drift have one cause: a move of an alias shortly before, else that they changed at the same time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from llmops.domain.alert import Stream
from llmops.domain.artifact import Move

LOOK_BACK: Final = timedelta(hours=24)  # how long after a move a change may begin that is put down to it
SLACK: Final = timedelta(minutes=10)  # how much too early the beginning of a change may be estimated
TOGETHER: Final = timedelta(hours=1)  # apart from each other, changes of one cause begin within this

_COUNTS: Final = ("move", "rollback", "canary", "shadow", "abandon")


class Cause(NamedTuple):
    """Streams of one cause, with the move that they follow if there is one. `key` tells causes apart."""

    key: str
    since: datetime
    streams: tuple[Stream, ...]
    move: Move | None = None

    @property
    def ref(self) -> str:
        """The alias that moved."""
        return "" if self.move is None else f"{self.move.kind}/{self.move.name}@{self.move.alias}"


def find_causes(streams: Sequence[Stream], moves: Iterable[Move]) -> list[Cause]:
    """Group streams that drift by their cause, oldest first.

    Args:
        streams: those that drift.
        moves: the rows of the history that may have caused it.
    """
    counting = [move for move in moves if move.action in _COUNTS]
    followed: dict[int, list[Stream]] = {}
    alone: list[Stream] = []
    for stream in sorted(streams, key=lambda one: (one.since, one.key)):
        move = _move_before(stream.since, counting)
        if move is None:
            alone.append(stream)
        else:
            followed.setdefault(move.sequence, []).append(stream)
    by_sequence = {move.sequence: move for move in counting}
    causes = [
        Cause(f"move:{sequence}", min(one.since for one in found), tuple(found), by_sequence[sequence])
        for sequence, found in followed.items()
    ]
    causes += [
        Cause(f"time:{found[0].since:%Y-%m-%dT%H:%M:%SZ}", found[0].since, tuple(found)) for found in _together(alone)
    ]
    return sorted(causes, key=lambda cause: (cause.since, cause.key))


def _move_before(since: datetime, moves: Sequence[Move]) -> Move | None:
    """The last move before a change; where the change seems to begin shortly before a move, that move."""
    near = [move for move in moves if since - LOOK_BACK <= move.at <= since + SLACK]
    return max(near, key=lambda move: (move.at, move.sequence), default=None)


def _together(streams: Sequence[Stream]) -> Iterable[list[Stream]]:
    """Streams, by their beginning, cut where the next one begins more than an hour after the first."""
    group: list[Stream] = []
    for stream in streams:
        if group and stream.since - group[0].since > TOGETHER:
            yield group
            group = []
        group.append(stream)
    if group:
        yield group
