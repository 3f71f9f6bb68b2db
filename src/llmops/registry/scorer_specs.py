"""Scorers as people write them, in suites and in single cases: a name, or one name with a map of arguments."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.text.yaml_builder import Place

Complain: TypeAlias = Callable[[str, str, Place], InvalidFile]
"""Makes the error of a problem, a hint, and the place within the scorer."""

_BOUNDS: Final = ("min", "max")


def write_out(item: Json, complain: Complain) -> dict[str, Json]:
    """Turn `contains` or `{contains: {min: 0.7}}` into a map with scorer, label, arguments and bounds.

    Raises:
        InvalidFile: it is neither, or a bound is no number, or a name no text.
    """
    arguments: Json = {}
    if isinstance(item, dict) and len(item) == 1:
        (item, arguments), = item.items()  # fmt: skip
        arguments = {} if arguments is None else arguments
    if not isinstance(item, str) or not item or not isinstance(arguments, Mapping):
        raise complain(
            "a scorer is a name, or one name with a map of arguments", "Write `- contains` or `- contains: {min: 0.7}`.", ()
        )  # fmt: skip
    rest = {key: value for key, value in arguments.items() if key not in ("name", *_BOUNDS)}
    for bound in _BOUNDS:
        value = arguments.get(bound)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise complain(f"{bound} of {item!r} must be a number, not {value!r}", "Write 0.7.", (item, bound))
    label = arguments.get("name", item.rsplit(":", 1)[-1])
    if not isinstance(label, str) or not label.strip():
        raise complain(f"the name of {item!r} must be text", "Write name: tone.", (item, "name"))
    low, high = arguments.get("min"), arguments.get("max")
    if low is not None and high is not None and low > high:
        raise complain(f"min {low} is above max {high}", "Swap them.", ())
    return {"scorer": item, "label": label, "arguments": rest, **{b: arguments[b] for b in _BOUNDS if b in arguments}}
