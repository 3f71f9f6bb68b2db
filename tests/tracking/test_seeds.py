"""One seed for all randomness."""

import random

import numpy as np

from llmops.tracking.seeds import set_seeds


def test_the_same_seed_gives_the_same_draws() -> None:
    drawn = []
    for _ in range(2):
        set_seeds(2**40 + 3)
        drawn.append((random.random(), float(np.random.random())))
    assert drawn[0] == drawn[1]
