"""Who is served the version that an alias tries out: the same user always the same side, on every machine.

A user's place in [0, 1) comes from a hash over the alias, the candidate and the user. So it is uniform, needs no memory, stays
when the share is widened (whoever was in stays in), and another candidate meets other users.
"""

import hashlib
import os
from typing import Final

from llmops.core.names import Ref
from llmops.domain.artifact import Candidate

_WIDTH: Final = 1 << 64


def is_chosen(ref: Ref, candidate: Candidate, key: str | None) -> bool:
    """Whether a user or session belongs to the candidate's share; without a key it is drawn by lot, each time anew."""
    return (place_of(ref, candidate, key) if key else _draw()) < candidate.weight


def place_of(ref: Ref, candidate: Candidate, key: str) -> float:
    """The place of a user or session in [0, 1)."""
    text = f"llmops:canary\n{ref}\n{candidate.digest}\n{key}"
    return _fraction(hashlib.sha256(text.encode()).digest())


def _draw() -> float:
    return _fraction(os.urandom(8))


def _fraction(data: bytes) -> float:
    return (int.from_bytes(data[:8], "big") >> 11) / (_WIDTH >> 11)  # 53 bits, so that it never rounds up to 1
