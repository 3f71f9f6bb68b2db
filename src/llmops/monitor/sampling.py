"""Which interactions belong to a sample: always the same ones, whoever asks and whenever."""

import hashlib


def is_sampled(id_: str, share: float) -> bool:
    """Whether the interaction of this id belongs to a sample of this share."""
    if share >= 1:
        return True
    place = int.from_bytes(hashlib.sha256(f"monitor\n{id_}".encode()).digest()[:8], "big")
    return place < share * 2**64
