"""Pages of a site as documents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import Json
from llmops.core.settings import Connection
from llmops.domain.corpus import SourceSpec
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.spooled import SpooledSource
from llmops.index.sources.surroundings import Surroundings
from tests.support.site import Answer, Site, web_site


@pytest.fixture
def site() -> Iterator[Site]:
    with web_site() as running:
        yield running


def opened(site: Site, root: Path, exclude: tuple[str, ...] = (), **http: Json) -> SpooledSource:
    spec = SourceSpec.model_validate({"http": {"connection": "wiki", **http}, "exclude": exclude})
    (source,) = open_sources([spec], Surroundings(root, {"wiki": Connection(url=site.url, timeout="5s")}))
    assert isinstance(source, SpooledSource)
    return source


def sitemap(site: Site, *entries: tuple[str, str]) -> str:
    inside = "".join(f"<url><loc>{site.url}{path}</loc><lastmod>{day}</lastmod></url>" for path, day in entries)
    return f"<urlset>{inside}<url><loc>https://other.example/x</loc></url></urlset>"


def tokens(source: SpooledSource) -> dict[str, str]:
    return {item.key: item.token for item in source.items()}


def test_named_pages_are_known_by_their_headers_and_read_when_they_changed(site: Site, tmp_path: Path) -> None:
    site.put("/a", "<h1>A</h1>", ETag='"1"')
    site.put("/b.md", "# B", "text/markdown; charset=utf-8", Last_Modified="Wed, 01 Jan 2025 00:00:00 GMT")
    site.put("/c", "no marks")
    pages: Json = ["/a", "/b.md", "/c", "/gone"]
    source = opened(site, tmp_path, pages=pages)
    before = tokens(source)
    assert list(before) == [f"{site.url}/a", f"{site.url}/b.md", f"{site.url}/c"]
    assert [item.format for item in source.items()] == ["html", "md", "html"]
    assert next(item.changed_at for item in source.items() if item.format == "md") == 1735689600.0
    assert [ask for ask in site.asked if ask.startswith("GET")] == ["GET /robots.txt", "GET /c"]
    assert source.read(f"{site.url}/a") == b"<h1>A</h1>"
    assert source.read(f"{site.url}/c") == b"no marks"
    assert tokens(opened(site, tmp_path, pages=pages)) == before
    site.put("/a", "<h1>New</h1>", ETag='"2"')
    site.put("/c", "other")
    after = tokens(opened(site, tmp_path, pages=pages))
    assert {key.removeprefix(site.url) for key in after if after[key] != before[key]} == {"/a", "/c"}


def test_a_sitemap_spares_all_other_requests(site: Site, tmp_path: Path) -> None:
    site.put("/sitemap.xml", sitemap(site, ("/help/a", "2026-01-01"), ("/help/b.pdf", "2026-01-02"), ("/blog/c", "2026-01-01"),
                                     ("/help/draft/d", "2026-01-01"), ("/help/a", "2026-01-01")), "text/xml")  # fmt: skip
    source = opened(site, tmp_path, ("help/draft/**",), sitemap="/sitemap.xml", below="/help/")
    assert [(item.key.removeprefix(site.url), item.format) for item in source.items()] == [
        ("/help/a", "html"), ("/help/b.pdf", "pdf"),
    ]  # fmt: skip
    assert site.asked == ["GET /sitemap.xml", "GET /robots.txt"]
    assert source.notes == [f"{site.url}/sitemap.xml lists 1 pages of other hosts, which are left out"]


def test_robots_are_heeded_and_what_is_left_out_is_named(site: Site, tmp_path: Path) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /private/\n", "text/plain")
    site.put("/private/a", "x", ETag="1")
    site.put("/film", "x", "video/mp4", ETag="1")
    source = opened(site, tmp_path, pages=["/private/a", "/film"])
    assert list(source.items()) == []
    assert source.notes == [
        f"{site.url}/private/a is kept from robots by robots.txt", f"{site.url}/film is video/mp4, which is not read",
    ]  # fmt: skip
    assert "GET /private/a" not in site.asked


def test_a_server_that_knows_no_head_is_asked_for_the_page(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = Answer(b"text", headers={"Content-Type": "text/plain", "ETag": "1"}, answers_head=False)
    (item,) = opened(site, tmp_path, pages=["/a"]).items()
    assert (item.format, item.size) == ("txt", 4)


def test_a_listing_that_breaks_off_lists_nothing(site: Site, tmp_path: Path) -> None:
    site.put("/a", "x", ETag="1")
    site.pages["/b"] = Answer(status=500)
    with pytest.raises(OutsideError, match="/b answered 500"):
        list(opened(site, tmp_path, pages=["/a", "/b"]).items())
    with pytest.raises(OutsideError, match=r"/none\.xml answered 404") as caught:
        list(opened(site, tmp_path, sitemap="/none.xml").items())
    assert caught.value.hint == "Correct http.sitemap."
    with pytest.raises(InputError, match="there are more than 1 pages") as many:
        list(opened(site, tmp_path, pages=["/a", "/c"], limit=1).items())
    assert "Raise http.limit" in many.value.hint
