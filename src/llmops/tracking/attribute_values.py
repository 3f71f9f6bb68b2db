"""What attributes of runs may be compared with: statuses in small letters, or as MLflow writes them, and types."""

from typing import Final

from llmops.core.errors import InputError
from llmops.core.names import did_you_mean
from llmops.domain.run import RUN_STATUSES, RUN_TYPES
from llmops.domain.run_query import RunField

_KNOWN: Final = {"status": RUN_STATUSES, "type": RUN_TYPES}
_OF_MLFLOW: Final = {"killed": "interrupted"}


def known_value(field: RunField, text: str) -> str:
    """The text as runs have it in a field.

    Raises:
        InputError: no run can have it.
    """
    known = _KNOWN.get(field.key) if field.noun == "attributes" else None
    if known is None:
        return text
    word = _OF_MLFLOW.get(text.lower(), text.lower())
    if word not in known:
        raise InputError(f"no run has the {field} {text!r}", hint=did_you_mean(word, known))
    return word
