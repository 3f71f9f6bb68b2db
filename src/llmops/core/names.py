"""Names, refs and ids. This is the only parser of refs.

A ref is how people write versions: `prompt/answer@production`, `answer@3`, `app/docs@sha256:ab12…`, `docs`.
"""

import difflib
import os
import re
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from llmops.core.errors import InvalidRef
from llmops.core.hashing import is_digest

Kind = Literal["prompt", "rag", "policy", "dataset", "suite", "app", "model", "monitor"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

WORKING: Final = "working"  # the file in the workspace
LATEST: Final = "latest"  # the version with the highest number
RESERVED_ALIASES: Final = frozenset({WORKING, LATEST})

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*(?:/[a-z0-9][a-z0-9_.-]*)*", re.IGNORECASE)
_ALIAS = re.compile(r"[a-z][a-z0-9_.-]*", re.IGNORECASE)
_CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = [first + second for first in _CROCKFORD for second in _CROCKFORD]


@dataclass(frozen=True, slots=True)
class Ref:
    """A kind, a name and a selector: a version number, an alias, `latest`, `working`, a digest, or None."""

    kind: Kind
    name: str
    selector: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" + (f"@{self.selector}" if self.selector else "")

    @property
    def number(self) -> int | None:
        """The version number, where the selector is one."""
        return int(self.selector) if self.selector and self.selector.isdecimal() else None

    @property
    def digest(self) -> str | None:
        """The digest (whole or shortened), where the selector is one."""
        return self.selector if self.selector and is_digest(self.selector) else None

    @property
    def alias(self) -> str | None:
        """The alias, where the selector is one; `latest` and `working` are none."""
        if self.selector is None or self.number is not None or self.digest or self.selector in RESERVED_ALIASES:
            return None
        return self.selector

    def at(self, selector: str | int) -> "Ref":
        """The same artifact at another selector."""
        return Ref(self.kind, self.name, str(selector))


def parse_ref(text: str, kind: Kind | None = None, *, default: Kind | None = None) -> Ref:
    """Read `[KIND/]NAME[@SELECTOR]`.

    Args:
        text: as people write it.
        kind: the only kind that may stand here; it may be left out of the text.
        default: the kind where the text names none; any may stand here.

    Raises:
        InvalidRef: no kind is known, another kind is needed, or a part is malformed. The message names the part.
    """
    path, at, selector = text.strip().partition("@")
    head, slash, rest = path.partition("/")
    found = kind or default
    if slash and head in KINDS:
        if kind is not None and head != kind:
            raise InvalidRef(
                f"{text!r} is of kind {head}, and here stands a {kind}", hint=f"Write {kind}/NAME or only NAME."
            )
        found, path = head, rest
    if found is None:
        raise InvalidRef(
            f"{text!r} does not say what kind of artifact it is",
            hint=f"Write KIND/NAME[@SELECTOR], for example prompt/{path or 'answer'}; kinds are {', '.join(KINDS)}.",
        )
    check_name(path, text)
    if at and not (selector.isdecimal() or is_digest(selector) or _ALIAS.fullmatch(selector)):
        raise InvalidRef(
            f"{text!r}: {selector!r} is no selector",
            hint="After @ comes a version number, an alias, latest, working or sha256: with at least 8 hex digits.",
        )
    return Ref(found, path, (str(int(selector)) if selector.isdecimal() else selector) if at else None)


def check_name(name: str, context: str = "") -> str:
    """Return the name if artifacts, runs and indexes may carry it, else raise InvalidRef."""
    if not _NAME.fullmatch(name) or ".." in name or len(name) > 200:
        raise InvalidRef(
            f"{context or name!r}: {name!r} is no name",
            hint="A name has letters, digits, '-', '_', '.', with '/' between parts, and at most 200 characters.",
        )
    return name


def check_alias(alias: str) -> str:
    """Return the alias if one may be called so, else raise InvalidRef."""
    if alias in RESERVED_ALIASES or not _ALIAS.fullmatch(alias) or len(alias) > 100:
        raise InvalidRef(
            f"{alias!r} cannot be an alias",
            hint="Use a word such as staging or production; latest and working are reserved.",
        )
    return alias


def new_id(prefix: str, *, now: float | None = None, entropy: bytes | None = None) -> str:
    """Make an id that sorts by time: prefix, 48 bits of milliseconds, 50 random bits; `run-06a…`.

    Args:
        prefix: what it names (`run`, `sync`).
        now: seconds since 1970; the clock by default.
        entropy: at least 7 bytes; the system's by default.
    """
    stamp = int((time.time() if now is None else now) * 1000)
    random = int.from_bytes((entropy or _draw())[:7], "big") & ((1 << 50) - 1)
    return f"{prefix}-{_base32(stamp, 10)}{_base32(random, 10)}"


_drawn: Final[deque[bytes]] = (
    deque()
)  # asking the system costs more than the rest of an id, so it is asked for many at once
os.register_at_fork(after_in_child=_drawn.clear)


def _draw() -> bytes:
    """Seven random bytes that no other id has."""
    try:
        return _drawn.pop()
    except IndexError:
        many = os.urandom(7 * 64)
        _drawn.extend(many[at : at + 7] for at in range(7, len(many), 7))
        return many[:7]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like the given one, or None if none is near; for 'did you mean'."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint: the nearest known word, else the list of them."""
    words = sorted(known)
    near = nearest(word, words)
    if near:
        return f"Did you mean {near!r}?"
    return f"Known: {', '.join(words)}." if words else ""


def _base32(value: int, width: int) -> str:
    return "".join([_PAIRS[value >> bits & 1023] for bits in range(5 * width - 10, -1, -10)])
