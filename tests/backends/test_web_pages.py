"""Pages of servers on 127.0.0.1, which only a connection may name."""

from collections.abc import Iterator

import pytest

from llmops.backends.web_pages import WebPages
from llmops.core.errors import InputError, OutsideError
from tests.support.site import Answer, Site, web_site


@pytest.fixture
def site() -> Iterator[Site]:
    with web_site() as running:
        yield running


def own(site: Site, **headers: str) -> WebPages:
    return WebPages(site.url, headers, timeout=5)


def test_a_page_and_its_headers(site: Site) -> None:
    site.put("/a", "text", ETag='"1"')
    page = own(site, Authorization="Bearer x").get(f"{site.url}/a")
    assert (page.status, page.body, page.headers["etag"]) == (200, b"text", '"1"')
    first, second = own(site).heads([f"{site.url}/a", f"{site.url}/none"])
    assert (first.headers["etag"], first.body, second.is_gone) == ('"1"', b"", True)
    assert site.headers[0]["authorization"] == "Bearer x"
    assert site.headers[0]["user-agent"].startswith("llmops")


def test_private_addresses_that_no_connection_names_are_refused(site: Site) -> None:
    site.put("/a", "text")
    with pytest.raises(InputError, match="is in a private network") as caught:
        WebPages(timeout=5).get(f"{site.url}/a")
    assert "name its server as a connection" in caught.value.hint
    with web_site() as other:
        site.pages["/away"] = Answer(status=302, headers={"Location": f"{other.url}/secret"})
        with pytest.raises(InputError, match="is in a private network"):
            own(site).get(f"{site.url}/away")
        assert other.asked == []
    assert [ask for ask in site.asked if ask == "GET /a"] == []


def test_redirects_are_followed_but_not_for_ever_and_not_anywhere(site: Site) -> None:
    site.put("/b", "here")
    site.pages["/a"] = Answer(status=301, headers={"Location": "/b"})
    assert own(site).get(f"{site.url}/a").body == b"here"
    site.pages["/loop"] = Answer(status=302, headers={"Location": "/loop"})
    with pytest.raises(OutsideError, match="redirects more than 5 times"):
        own(site).get(f"{site.url}/loop")
    site.pages["/file"] = Answer(status=302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(InputError, match="leads to file://"):
        own(site).get(f"{site.url}/file")


def test_failures_and_floods_are_told(site: Site) -> None:
    site.pages["/broken"] = Answer(status=503)
    with pytest.raises(OutsideError, match="/broken answered 503") as caught:
        own(site).get(f"{site.url}/broken")
    assert "Nothing was deleted" in caught.value.hint
    site.put("/large", "x" * 5000)
    with pytest.raises(OutsideError, match="/large sends more than"):
        own(site).get(f"{site.url}/large", limit=1000)
    with pytest.raises(OutsideError, match="cannot be reached"):
        WebPages("http://127.0.0.1:9", timeout=5).get("http://127.0.0.1:9/")
