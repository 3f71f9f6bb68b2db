"""Optional libraries: whether one is installed is asked before it is needed, and without importing it."""

import importlib.util

from llmops.core.errors import ExtraMissing


def require(library: str, extra: str, *, needed_for: str) -> None:
    """Raise ExtraMissing unless a library (by the name of its module) is installed; nothing is imported yet."""
    if importlib.util.find_spec(library) is None:
        raise ExtraMissing(library.replace("_", "-"), extra, needed_for=needed_for)
