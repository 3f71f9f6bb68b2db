"""Reading an output as JSON, strictly (RFC 8259), with every way to fail as a ValueError that says what is wrong."""

import json
from typing import NoReturn

from llmops.core.hashing import Json


def parse_json_output(text: str) -> Json:
    """Return the one JSON value that a text is.

    Raises:
        ValueError: it is none, has text around it, NaN or Infinity, or is nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not in JSON")
