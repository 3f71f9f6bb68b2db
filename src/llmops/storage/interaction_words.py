"""The words and marks by which interactions are found.

Everything a list can be narrowed by (words, day, app, version, verdict, segment, user, session) is a word of one full-text index,
so that any combination of them is one look-up, newest first, whatever of them is frequent. A mark is a word that no text has.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction, Wanted
from llmops.text.words import words_of

MOST_WORDS: Final = 2_000
"""Different words of one interaction by which it is found."""

MOST_DAYS: Final = 62
"""Days that a search names; further ones it looks through."""

_MARK: Final = re.compile("zq[0-9a-f]{14}")


def groups_of(wanted: Wanted) -> list[list[str]]:
    """What must be there of an interaction that is wanted: of each group one word."""
    groups = [[word] for word in dict.fromkeys(_words(wanted.text))]
    properties = {name: getattr(wanted, name) for name in ("app", "version", "action", "source", "user", "session")}
    groups += [[mark(name, value)] for name, value in properties.items() if value]
    groups += [[mark("segment", f"{key}={value}")] for key, value in wanted.segments.items()]
    if groups and wanted.since is not None:
        until = wanted.until or datetime.now(UTC) + timedelta(days=1)  # clocks of other machines may be ahead
        first = wanted.since.astimezone(UTC).date()
        days = (until.astimezone(UTC).date() - first).days + 1
        if 0 < days <= MOST_DAYS:
            groups.append([mark("day", str(first + timedelta(n))) for n in range(days)])
    return groups


def mark(kind: str, value: str) -> str:
    """The word that stands for a property."""
    return "zq" + hashlib.sha256(f"{kind}\n{value}".encode()).hexdigest()[:14]


def segments_of(metadata: Mapping[str, Json]) -> dict[str, str]:
    """The segments in metadata: what is a text, a number or a truth, as text."""
    found = {}
    for key, value in metadata.items():
        if isinstance(value, bool):
            found[key] = "true" if value else "false"
        elif isinstance(value, (str, int, float)):
            found[key] = str(value)
    return found


def indexed(one: Interaction) -> list[str]:
    """The words and marks of an interaction."""
    said = " ".join([*_strings(one.inputs), one.output])
    words = list(dict.fromkeys(_words(said)))[:MOST_WORDS]
    marks = {"day": str(one.at.astimezone(UTC).date()), "app": one.app, "version": one.version, "action": one.action}
    marks |= {"source": one.source, "user": one.user, "session": one.session}
    words += [mark(kind, value) for kind, value in marks.items() if value]
    return words + [mark("segment", f"{key}={value}") for key, value in segments_of(one.metadata).items()]


def _words(said: str) -> list[str]:
    return [word for word in words_of(said) if not _MARK.fullmatch(word)]


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)
