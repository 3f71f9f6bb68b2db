"""Blocks of values that belong together: a session, a user's day, an hour. Their means are what a detector may look at.

Answers of one session are alike, and ten alike answers are not ten pieces of evidence: detectors that look at each raise
several false alarms where one in ten thousand is promised. One mean a block is one observation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from llmops.core.hashing import Json

Open = tuple[float, int, float]  # sum, count, time of the last value


@dataclass(frozen=True, slots=True)
class Block:
    """A block that is complete: the mean of its values, how many there were, and the time of the last."""

    key: str
    mean: float
    count: int
    last: float


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks that may still grow, by key."""

    growing: tuple[tuple[str, Open], ...] = ()

    def to_json(self) -> Json:
        """Its JSON form."""
        return [[key, *block] for key, block in self.growing]


def fill_blocks(
    blocks: Blocks, keys: Sequence[str], times: Sequence[float], values: Sequence[float], *, closed: float
) -> tuple[Blocks, list[Block]]:
    """Add values to their blocks; return those that still grow, and those whose last value came before `closed`.

    Complete blocks come in the order in which they ended. A key that comes back after its block was closed begins a new one.

    Args:
        blocks: what grew before.
        keys: the block of each value: a session, a user and day, an hour.
        times: when each value came, in seconds of any clock.
        values: the values.
        closed: when nothing more will come to a block: for sessions now less their longest pause, for hours the last full
            one.
    """
    growing = dict(blocks.growing)
    for key, time, value in zip(keys, times, values, strict=True):
        total, count, last = growing.get(key, (0.0, 0, time))
        growing[key] = (total + value, count + 1, max(last, time))
    done = [Block(key, total / count, count, last) for key, (total, count, last) in growing.items() if last < closed]
    done.sort(key=lambda block: (block.last, block.key))
    kept = tuple((key, block) for key, block in growing.items() if block[2] >= closed)
    return Blocks(kept), done


def blocks_from_json(value: Json) -> Blocks:
    """Read the JSON form of blocks."""
    return Blocks(tuple((key, (total, count, last)) for key, total, count, last in value))
