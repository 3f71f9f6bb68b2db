"""One seed for all the randomness of a program."""

import random
import sys


def set_seeds(seed: int) -> None:
    """Seed `random`, and numpy and torch where the program has loaded them."""
    random.seed(seed)
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
    if torch is not None:
        torch.manual_seed(seed)
