"""Sitemaps: the addresses that a site lists of itself, and when each has changed. https://www.sitemaps.org/protocol.html"""

import gzip
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from llmops.core.errors import InputError, OutsideError

MAX_BYTES: Final = 50 << 20
"""What the protocol allows for one sitemap."""
MAX_MAPS: Final = 500
"""Sitemaps that one index of them may lead to."""

_GZIP: Final = b"\x1f\x8b"


class Listed(NamedTuple):
    """An address, and what the site says of its last change, which may be nothing."""

    address: str
    changed: str


def read_sitemap(address: str, get: Callable[[str], bytes]) -> Iterator[Listed]:
    """The addresses of a sitemap, and of those that it lists, one map after the other.

    Args:
        address: where it is.
        get: the bytes of an address.

    Raises:
        InputError: it is no sitemap.
        OutsideError: it leads to more maps than are read.
    """
    waiting, seen = [address], {address}
    while waiting:
        for what, found in _entries(waiting.pop(), get):
            if what == "url":
                yield found
            elif found.address not in seen:
                if len(seen) >= MAX_MAPS:
                    raise OutsideError(f"{address} leads to more than {MAX_MAPS} sitemaps", hint="Name one of them.")
                seen.add(found.address)
                waiting.append(found.address)


def _entries(address: str, get: Callable[[str], bytes]) -> Iterator[tuple[str, Listed]]:
    data = get(address)
    if data.startswith(_GZIP):
        data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(f"{address} is larger than a sitemap may be", hint="Name a part of it.")
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise InputError(f"{address} has a document type, which no sitemap needs", hint="Name another address.")
    try:
        for _, element in ET.iterparse(io.BytesIO(data)):  # noqa: S314  # no entities are declared: looked at above
            what = element.tag.rpartition("}")[2]
            if what in ("url", "sitemap"):
                told = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in element}
                if told.get("loc"):
                    yield what, Listed(told["loc"], told.get("lastmod", ""))
                element.clear()
    except ET.ParseError as error:
        raise InputError(f"{address} is no sitemap: {error}", hint="Name the address of an XML sitemap.") from error
