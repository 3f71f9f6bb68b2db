"""What one rendering may spend: steps, characters, depth and time.

Every loop turn, call, filter and operator of a template pays here, so that no template can hold a machine: the caps bound
memory, the deadline bounds time between two steps, and a single step works on at most MAX_TEXT characters or MAX_ITEMS
values.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Final

from jinja2 import Undefined

from llmops.core.hashing import Json

MAX_SECONDS: Final = 2.0
MAX_STEPS: Final = 200_000
MAX_TEXT: Final = 4_000_000  # characters of one string, and of the output
MAX_MADE: Final = 20_000_000  # characters of all strings that one rendering makes
MAX_ITEMS: Final = 100_000  # values in one list or map, counted through all levels
MAX_SHOWN: Final = 400_000  # characters in a list or map that is printed
MAX_DEPTH: Final = 50  # calls of macros and recursive loops within each other


class LimitExceeded(Exception):
    """A template wants more than a rendering may spend; the message says of what."""


class Budget:
    """What is left for one rendering. Entered as a context manager; renderings inside renderings share the outer one."""

    __slots__ = ("characters", "deadline", "depth", "outer", "steps")

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.characters = MAX_MADE
        self.depth = 0
        self.deadline = time.perf_counter() + MAX_SECONDS
        self.outer: Budget | None = None

    def __enter__(self) -> "Budget":
        self.outer = getattr(_thread, "budget", None)
        _thread.budget = self
        return self

    def __exit__(self, *_: object) -> None:
        _thread.budget = self.outer


_thread = threading.local()


def spend(steps: int = 1) -> Budget:
    """Pay for work about to be done, or raise LimitExceeded."""
    budget: Budget = _thread.budget
    budget.steps -= steps
    if budget.steps < 0:
        raise LimitExceeded(f"the template takes more than {MAX_STEPS:,} steps")
    if time.perf_counter() > budget.deadline:
        raise LimitExceeded(f"the template takes longer than {MAX_SECONDS:g} s")
    return budget


def allow_text(length: int) -> None:
    """Pay for a string of that many characters before it is made."""
    budget = spend()
    budget.characters -= length
    if length > MAX_TEXT:
        raise LimitExceeded(f"the template makes a text of {length:,} characters; {MAX_TEXT:,} are allowed")
    if budget.characters < 0:
        raise LimitExceeded(f"the template makes more than {MAX_MADE:,} characters on the way")


def allow_items(count: int) -> None:
    """Pay for a list of that many values before it is made."""
    if count > MAX_ITEMS:
        raise LimitExceeded(f"the template makes a list of {count:,} values; {MAX_ITEMS:,} are allowed")
    spend(max(count, 0) + 1)


def paid(value: Json) -> Json:
    """Pay for a value that an operation made, and return it."""
    if type(value) is str:
        allow_text(len(value))
    elif isinstance(value, (list, tuple, dict)):
        spend(weigh(value)[0])
    return value


def weigh(value: Json) -> tuple[int, int]:
    """Count (values, characters) through all levels, a shared part as often as it appears.

    Raises:
        LimitExceeded: more than MAX_ITEMS values.
        TypeError: something that is no JSON, such as a macro or a namespace, whose text could be of any size.
    """
    values, characters = 0, 0
    waiting: list[Iterator[Json]] = [iter((value,))]
    while waiting:
        for item in waiting[-1]:
            values += 1
            if values > MAX_ITEMS:
                raise LimitExceeded(f"the template makes a list or map of more than {MAX_ITEMS:,} values")
            if isinstance(item, str):
                characters += len(item)
            elif isinstance(item, (list, tuple)):
                waiting.append(iter(item))
                break
            elif isinstance(item, dict):
                characters += sum(_key_length(key) for key in item)
                waiting.append(iter(item.values()))
                break
            elif item is not None and not isinstance(item, (int, float)):
                str(item) if isinstance(item, Undefined) else None  # which says what is undefined
                raise TypeError(f"a {type(item).__name__} cannot stand in a list or map")
        else:
            waiting.pop()
    return values, characters


def _key_length(key: Json) -> int:
    if isinstance(key, str):
        return len(key)
    if key is None or isinstance(key, (int, float)):
        return 8
    raise TypeError(f"a {type(key).__name__} cannot be a key")


def as_text(value: Json) -> str:
    """The text that `{{ value }}` prints: null is empty; only text, numbers, booleans, lists and maps have one."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, (list, tuple, dict)):
        characters = weigh(value)[1]
        if characters > MAX_SHOWN:
            raise LimitExceeded(
                f"the template prints a list or map of {characters:,} characters; {MAX_SHOWN:,} are allowed"
            )
    elif not isinstance(value, (str, int, float, Undefined)):
        raise TypeError(f"a {type(value).__name__} is no text; add `| list` or `| join`")
    return str(value)


def ticking(items: Iterable[Json]) -> Iterator[Json]:
    """Pay for each turn of a loop."""
    for item in items:
        spend()
        yield item
