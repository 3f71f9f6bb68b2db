"""Links to places that are not on a list: where an answer could carry data to, or lead people."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import ClassVar, Final
from urllib.parse import urlsplit

from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.checks.patterns import Shape, ShapeSet
from llmops.guard.normalise.prose import Prose
from llmops.guard.normalise.reading import Reading

_LINK: Final = Shape(
    "URL",
    r"(?:[a-z][a-z0-9+.\-]{1,20}:[/\\]{2}|(?:javascript|data|vbscript|file):|www\.|\]\([/\\]{2})[!-~]+",
    marks=(b":", b"www.", b"WWW.", b"](/", b"](\\"),
    ignore_case=True,
    reach=2_048,
)
_LINKS: Final = ShapeSet([_LINK], sparks=(b"script:", b"data:", b"file:", b"www."))


@dataclass(frozen=True)
class Urls:
    """Find links that are not allowed.

    Args:
        allow: hosts that may be linked to, `*.example.com` standing for all below example.com.
        schemes: how; a link without one counts as https.
    """

    allow: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("https", "http")
    action: ClassVar[str] = "block"

    def __post_init__(self) -> None:
        for host in self.allow:
            if "/" in host or ":" in host or host in ("", "*"):
                raise InputError(f"{host!r} is no host", hint="Write allow: [example.com, '*.example.org'].")

    @property
    def reach(self) -> int:
        """The longest link that is looked at whole."""
        return _LINK.reach

    def find(self, reading: Reading) -> Iterator[Finding]:
        """Where such links stand."""
        for found in _LINKS.find(reading):
            if not self._is_allowed(reading.text[found.start : found.end]):
                yield found

    def tail(self, reading: Reading) -> int:
        """Where the last word begins."""
        return _LINKS.tail(reading)

    def calm(self, prose: Prose, edge: int) -> int:
        """`Calming.calm`."""
        return _LINKS.calm(prose, edge)

    def _is_allowed(self, written: str) -> bool:
        """Judge a link as it is written, not as it looks: a letter that only looks Latin makes another host."""
        link = written.removeprefix("](")
        if "\\" in link or not link.isascii():
            return False
        if link.startswith("//") or "://" not in link[:24]:
            link = f"https://{link.lstrip('/')}" if link.lower().startswith(("//", "www.")) else link
        try:
            parts = urlsplit(link.rstrip(".,;:!?)]}>'\"*_`"))
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return False
        return parts.scheme in self.schemes and any(fnmatchcase(host, pattern.lower()) for pattern in self.allow)
