"""Sitemaps, and indexes of them."""

import gzip

import pytest

from llmops.core.errors import InputError, OutsideError
from llmops.index.sources import sitemap
from llmops.index.sources.sitemap import Listed, read_sitemap

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urls(*addresses: str) -> bytes:
    inside = "".join(f"<url><loc> {address} </loc><lastmod>2026-01-01</lastmod></url>" for address in addresses)
    return f"<urlset {NAMESPACE}>{inside}<url><loc></loc></url></urlset>".encode()


def index(*addresses: str) -> bytes:
    inside = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return f"<?xml version='1.0'?><sitemapindex {NAMESPACE}>{inside}</sitemapindex>".encode()


def read(maps: dict[str, bytes]) -> list[Listed]:
    return list(read_sitemap("/map", maps.__getitem__))


def test_maps_of_an_index_are_read_once_each_packed_ones_too() -> None:
    maps = {"/map": index("/one", "/two", "/map", "/one"), "/one": urls("a"), "/two": gzip.compress(urls("b", "c"))}
    assert sorted(read(maps)) == [Listed(name, "2026-01-01") for name in "abc"]


def test_what_is_no_sitemap_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="/map is no sitemap") as caught:
        read({"/map": b"<html>"})
    assert "XML sitemap" in caught.value.hint
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><urlset>&a;</urlset>'
    with pytest.raises(InputError, match="has a document type"):
        read({"/map": bomb})
    monkeypatch.setattr(sitemap, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="larger than a sitemap may be"):
        read({"/map": gzip.compress(b" " * 1000)})
    monkeypatch.setattr(sitemap, "MAX_MAPS", 2)
    with pytest.raises(OutsideError, match="more than 2 sitemaps"):
        read({"/map": b"<s><sitemap><loc>/1</loc></sitemap><sitemap><loc>/2</loc></sitemap></s>"})
