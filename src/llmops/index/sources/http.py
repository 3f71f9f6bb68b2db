"""Pages of the web: `http: {sitemap: "https://example.com/sitemap.xml", below: "https://example.com/help/"}`, or `pages: […]`.

What tells whether a page has changed is the `lastmod` of the sitemap, else the ETag or Last-Modified of its headers, else the
page itself. What `robots.txt` keeps from robots is left out and named in the report.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import PurePosixPath
from time import time
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from llmops.backends.web_pages import AGENT, WebPages
from llmops.core.durations import seconds
from llmops.core.errors import InputError, OutsideError
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import SourceItem
from llmops.index.sources.globs import compile_glob
from llmops.index.sources.sitemap import MAX_BYTES as MAX_SITEMAP
from llmops.index.sources.sitemap import Listed, read_sitemap
from llmops.index.sources.spooled import SpooledSource, make_entry, make_token
from llmops.index.sources.surroundings import Surroundings
from llmops.storage.spool import Entry, Spool

FORMATS: Final = {
    "text/html": "html", "application/xhtml+xml": "html", "text/markdown": "md", "text/plain": "txt", "text/csv": "csv",
    "application/pdf": "pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}  # fmt: skip
"""Kinds of content that are read; others are left out and named."""

_TOGETHER: Final = 50  # addresses whose headers are asked for before the first of them is listed


def open_http(spec: SourceSpec, where: Surroundings) -> SpooledSource:
    """Make the source of a spec with `http`; a document is called by its address.

    Raises:
        SettingsError: the connection is not there, or has no url.
    """
    http = spec.http
    assert http is not None
    base, web = "", WebPages()
    if http.connection is not None:
        base, connection = where.address(http.connection, "http")
        secret = where.secret(http.connection, connection)
        headers = {**connection.headers, **({"Authorization": f"Bearer {secret}"} if secret else {})}
        parts = urlsplit(base)
        web = WebPages(f"{parts.scheme}://{parts.netloc}", headers, seconds(connection.timeout))
    site = _Site(spec, web, base)
    place = http.sitemap or " ".join(http.pages)
    shown = "".join(f" !{pattern}" for pattern in spec.exclude)
    source = SpooledSource(f"http:{place}{' ' + http.below if http.below else ''}{shown}", site.gather, site.fetch)
    site.notes = source.notes
    return source


class _Site:
    """The pages of one source."""

    def __init__(self, spec: SourceSpec, web: WebPages, base: str) -> None:
        assert spec.http is not None
        self._spec = spec.http
        self._exclude = [compile_glob(pattern) for pattern in spec.exclude]
        self._constants = spec.metadata or {}
        self._web = web
        self._base = base
        self._robots: dict[str, RobotFileParser] = {}
        self.notes: list[str] = []

    def gather(self) -> Iterator[Entry]:
        """All pages, with their bodies only where nothing else tells whether they have changed."""
        self.notes.clear()
        count = 0
        addresses = self._addresses()
        while some := list(islice(addresses, _TOGETHER)):
            allowed = [listed for listed in some if self._may_read(listed.address)]
            count += len(allowed)
            if count > self._spec.limit:
                raise InputError(
                    f"there are more than {self._spec.limit:,} pages", hint="Raise http.limit, or narrow http.below."
                )
            dated = [listed for listed in allowed if listed.changed]
            yield from (
                self._entry(one.address, one.changed, _moment(one.changed), _by_name(one.address)) for one in dated
            )
            yield from self._asked([listed.address for listed in allowed if not listed.changed])

    def fetch(self, _: Spool, key: str) -> bytes:
        """The body of a page.

        Raises:
            OutsideError: it cannot be had (any more).
        """
        page = self._web.get(key)
        if page.is_gone:
            raise OutsideError(f"{key} is gone", hint="Sync again.")
        return page.body

    def _addresses(self) -> Iterator[Listed]:
        """The pages that are named, then those of the sitemap, each once."""
        seen = set()
        for listed in self._all():
            address = urldefrag(listed.address).url
            path = urlsplit(address).path.lstrip("/")
            if address in seen or any(glob.matches(path) for glob in self._exclude):
                continue
            seen.add(address)
            yield Listed(address, listed.changed)

    def _all(self) -> Iterator[Listed]:
        for page in self._spec.pages:
            yield Listed(self._whole(page), "")
        if self._spec.sitemap is None:
            return
        sitemap, below = self._whole(self._spec.sitemap), self._spec.below and self._whole(self._spec.below)
        host, strangers = urlsplit(sitemap).netloc, 0
        for listed in read_sitemap(sitemap, lambda address: self._body(address, MAX_SITEMAP)):
            if urlsplit(listed.address).netloc != host:
                strangers += 1
            elif listed.address.startswith(below):
                yield listed
        if strangers:
            self.notes.append(f"{sitemap} lists {strangers:,} pages of other hosts, which are left out")

    def _whole(self, address: str) -> str:
        return urljoin(self._base, address) if self._base else address

    def _body(self, address: str, limit: int) -> bytes:
        page = self._web.get(address, limit=limit)
        if page.is_gone:
            raise OutsideError(f"{address} answered {page.status}", hint="Correct http.sitemap.")
        return page.body

    def _asked(self, addresses: Sequence[str]) -> Iterator[Entry]:
        """The entries of pages of which nothing is known yet."""
        for address, page in zip(addresses, self._web.heads(addresses) if addresses else (), strict=True):
            if page.is_gone:
                continue
            mark = page.headers.get("etag") or page.headers.get("last-modified", "")
            if page.status >= 400 or not mark:  # HEAD is not answered, or says nothing: only the page itself can tell
                page = self._web.get(address)
                if page.is_gone:
                    continue
            kind = page.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
            if kind not in FORMATS:
                self.notes.append(f"{address} is {kind}, which is not read")
                continue
            changed_at = _moment(page.headers.get("last-modified", ""))
            if page.body:
                yield make_entry(
                    address, page.body, metadata=self._constants, kind=FORMATS[kind], changed_at=changed_at
                )
            else:
                yield self._entry(address, mark, changed_at, FORMATS[kind])

    def _entry(self, address: str, mark: str, changed_at: float | None, kind: str) -> Entry:
        return Entry(
            SourceItem(address, make_token(mark, self._constants), 0, changed_at or time(), self._constants, kind)
        )

    def _may_read(self, address: str) -> bool:
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            page = self._web.get(f"{origin}/robots.txt", limit=1 << 20)
            rules = RobotFileParser()
            rules.parse(page.body.decode("utf-8", "replace").splitlines() if page.status == 200 else [])
            self._robots[origin] = rules
        if self._robots[origin].can_fetch(AGENT, address):
            return True
        self.notes.append(f"{address} is kept from robots by robots.txt")
        return False


def _by_name(address: str) -> str:
    """The format of a page by its address; that of a page without an ending is HTML."""
    suffix = PurePosixPath(urlsplit(address).path).suffix.lower().removeprefix(".")
    return suffix if suffix in ("md", "txt", "csv", "pdf", "docx") else "html"


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a date as headers or sitemaps write it."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return read(text.replace("Z", "+00:00")).timestamp()
        except (ValueError, TypeError, IndexError):
            continue
    return None
