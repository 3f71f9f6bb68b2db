"""Documents on their way into an index: how sources list them and parsers read them; both sides import it from `ports`."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from llmops.core.hashing import Json
from llmops.domain.corpus import Document

_NOTHING: Mapping[str, Json] = MappingProxyType({})


class SourceItem(NamedTuple):
    """One document as a source lists it. `token` changes when content or metadata may have changed; `changed_at` is in
    seconds since 1970. `metadata` is what the source knows of it (tenant, language …); `format` is the ending that its
    parser goes by (`md`, `html`, `pdf` …), that of the key where it is empty."""

    key: str
    token: str
    size: int
    changed_at: float
    metadata: Mapping[str, Json] = _NOTHING
    format: str = ""


class Source(Protocol):
    """A place documents come from."""

    @property
    def name(self) -> str:
        """What names the source in chunk ids and citations; equal specs have equal names."""
        ...

    def items(self) -> Iterable[SourceItem]:
        """List what is there now. Raises InputError or OutsideError when the listing is not complete."""
        ...

    def read(self, key: str) -> bytes:
        """The bytes of one item."""
        ...


class Parser(Protocol):
    """Turns bytes into text with anchors. Raises InputError when the document cannot be read."""

    def __call__(self, source: str, key: str, data: bytes) -> Document: ...
