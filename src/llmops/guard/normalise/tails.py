"""Where what may still change begins in a text that is still growing."""

from collections.abc import Callable

from llmops.guard.normalise.reading import Reading


def earliest(reading: Reading, tail: Callable[[Reading], int]) -> int:
    """The earliest place that a matcher's `tail` gives, in the text and in what is hidden in it.

    Texts inside count where they reach the end of the text. In a last word with an escape such as `&#107;` nothing is known
    yet of the letters to come, so what stands before it may go on into it.
    """
    start = min(tail(layer) for layer in reading.layers if layer.end == reading.end)
    if reading.is_open_escape:
        start = min(start, earliest(Reading(reading.text[: reading.tail]), tail))
    return start
