"""Documents that a function of the user's yields: `python: "package.module:function"`.

The function takes no arguments and gives an iterable of mappings with `id` and `text` (text or bytes), and where it knows them
`version`, `metadata`, `format` (`md`, `html`, `pdf` …) and `changed_at` (a date or seconds since 1970).
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from llmops.core.callables import import_attribute
from llmops.core.errors import InputError, LlmopsError, OutsideError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.domain.corpus import SourceSpec
from llmops.index.sources.spooled import SpooledSource, make_entry, plain_value
from llmops.index.sources.surroundings import Surroundings
from llmops.storage.spool import Entry

FIELDS: Final = ("id", "text", "version", "metadata", "format", "changed_at")


def open_python(spec: SourceSpec, where: Surroundings) -> SpooledSource:
    """Make the source of a spec with `python`; the function is imported when it is listed."""
    path = spec.python or ""
    constants = spec.metadata or {}

    def gather() -> Iterator[Entry]:
        function = import_attribute(path, where.root, "source")
        if not callable(function):
            raise InputError(f"source {path!r} is no function", hint="Name a function that yields documents.")
        for number, found in enumerate(_called(path, function), 1):
            yield _entry(f"source {path!r}, document {number}", found, constants)

    return SpooledSource(f"python:{path}", gather)


def _called(path: str, function: Callable[[], object]) -> Iterator[object]:
    """What the function gives, one by one; what it raises ends the listing."""
    try:
        found = function()
        if inspect.isawaitable(found) or not isinstance(found, Iterable) or isinstance(found, str | bytes | Mapping):
            raise InputError(
                f"source {path!r} gave {type(found).__name__}, not an iterable of documents",
                hint='Write a generator: yield {"id": …, "text": …}.',
            )
        yield from found
    except LlmopsError:
        raise
    except Exception as error:  # wall: whatever a user's function raises, the listing is not complete
        raise OutsideError(
            f"source {path!r} failed: {type(error).__name__}: {error}",
            hint="Nothing was deleted. Mend it, and sync again.",
        ) from error


def _entry(place: str, found: object, constants: Mapping[str, Json]) -> Entry:
    if not isinstance(found, Mapping):
        raise InputError(f"{place} is no mapping", hint='Yield {"id": …, "text": …}.')
    for name in found:
        if name not in FIELDS:
            raise InputError(f"{place}: unknown key {name!r}", hint=did_you_mean(str(name), FIELDS))
    for name in ("id", "text"):
        if found.get(name) is None:
            raise InputError(f"{place} has no {name!r}", hint='Yield {"id": …, "text": …}.')
    text = found["text"]
    if not isinstance(text, str | bytes):
        raise InputError(f"{place}: text is {type(text).__name__}", hint="It must be text or bytes.")
    metadata = found.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise InputError(f"{place}: metadata is no mapping", hint='Write {"tenant": "a"}.')
    told = {str(name): plain_value(value, f"{place}, metadata {name}") for name, value in metadata.items()}
    version = found.get("version")
    return make_entry(
        str(found["id"]),
        text.encode() if isinstance(text, str) else text,
        version="" if version is None else str(plain_value(version, place)),
        metadata={**told, **constants},
        kind=str(found.get("format") or "").removeprefix("."),
        changed_at=seconds_of(found.get("changed_at")),
    )


def seconds_of(moment: object) -> float | None:
    """Seconds since 1970 of a date, or of a number that is them already; None for anything else."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(moment) if isinstance(moment, int | float) and not isinstance(moment, bool) else None
