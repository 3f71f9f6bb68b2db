"""Values typed on the command line, and who typed them when."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from llmops.core.errors import InputError
from llmops.core.hashing import Json

if TYPE_CHECKING:
    from datetime import datetime

    from llmops.domain.artifact import Actor
    from llmops.domain.spending import Budget
    from llmops.workspace.workspace import Workspace

C = TypeVar("C", bound=str)


def read_values(pairs: Iterable[str]) -> dict[str, Json]:
    """Read `NAME=VALUE` pairs; a value that reads as a JSON number, list, map, true, false or null is one, else text.

    Raises:
        InputError: a pair without `=`, or a name given twice.
    """
    values: dict[str, Json] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise InputError(f"{pair!r} is no NAME=VALUE", hint="Write for example -v question='How do I roll back?'")
        if name in values:
            raise InputError(f"{name!r} is given twice", hint="Give each value once.")
        values[name] = _read(text)
    return values


def read_share(text: str, option: str) -> float:
    """Read `10%` or `0.1` as 0.1.

    Raises:
        InputError: it is neither. A bare `10` is refused, as it could mean either.
    """
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        value = float(number) / 100 if percent else float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0 or (value > 1 and not percent):
        raise InputError(f"{option} {text!r} is no share of traffic", hint=f"Write for example {option} 10%.")
    return value


def choice(text: str | None, known: Sequence[C], option: str) -> C | None:
    """Read one of a few words; None stays None.

    Raises:
        InputError: it is none of them; the hint names the nearest.
    """
    from llmops.core.names import did_you_mean

    if text is None:
        return None
    found = next((word for word in known if word == text), None)
    if found is None:
        raise InputError(f"{option} {text!r} is none of {', '.join(known)}", hint=did_you_mean(text, known))
    return found


def read_budget(text: str | None) -> "Budget | None":
    """Read `5` (US dollars) or `usd=5,tokens=1000000,calls=500,minutes=30`.

    Raises:
        InputError: it is neither.
    """
    from llmops.domain.spending import Budget

    if text is None:
        return None
    limits: dict[str, Json] = {}
    for part in text.split(","):
        unit, equals, amount = part.strip().partition("=")
        unit, amount = (unit, amount) if equals else ("usd", unit.removeprefix("$"))
        limits[unit] = _read(amount)
    try:
        return Budget.model_validate(limits, strict=True)
    except ValueError as error:
        raise InputError(
            f"--budget {text!r} is no budget",
            hint="Write US dollars, such as --budget 5, or --budget usd=5,tokens=1000000,calls=500,minutes=30.",
        ) from error


def read_tags(pairs: Iterable[str]) -> dict[str, str]:
    """Read `KEY=VALUE` pairs, values as they stand.

    Raises:
        InputError: a pair without `=`, or a key given twice.
    """
    tags: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InputError(f"{pair!r} is no KEY=VALUE", hint="Write for example team=search.")
        if key in tags:
            raise InputError(f"{key!r} is given twice", hint="Give each key once.")
        tags[key] = value
    return tags


def read_tag_changes(words: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Read changes of tags: `KEY=VALUE` sets one, `KEY-` takes it away.

    Raises:
        InputError: a word that is neither, or a key given twice.
    """
    pairs: list[str] = []
    unwanted: list[str] = []
    for word in words:
        if "=" not in word and word.endswith("-") and len(word) > 1:
            unwanted.append(word[:-1])
        else:
            pairs.append(word)
    wanted = read_tags(pairs)
    for key in unwanted:
        if key in wanted or unwanted.count(key) > 1:
            raise InputError(f"{key!r} is given twice", hint="Give each key once.")
    return wanted, unwanted


def actor(workspace: "Workspace") -> "Actor":
    """Who acts, as the history will call them."""
    import os

    from llmops.registry.aliases import find_actor

    return find_actor(os.environ, workspace.root)


def now() -> "datetime":
    """The time, in UTC."""
    from datetime import UTC, datetime

    return datetime.now(UTC)


def _read(text: str) -> Json:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
