"""Services that are evaluated: what is sent, what may go wrong, and where no request goes."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmops.backends.http_service import HttpService, Incoming, Outgoing, open_service
from llmops.core.bridge import run_sync
from llmops.core.errors import ModelError, SettingsError
from llmops.core.hashing import Json
from llmops.core.settings import Settings, load_settings
from llmops.domain.service import ServiceSpec
from tests.support.answering_service import Answer, AnsweringService, answering_service

SECRET = "sk-planted-0123456789"
QUICK = Answer(status=503, headers={"Retry-After": "0"})


@pytest.fixture
def service() -> Iterator[AnsweringService]:
    with answering_service() as running:
        yield running


def settings(folder: Path, url: str, more: str = "") -> Settings:
    (folder / "llmops.toml").write_text(f'[connections.desk]\nurl = "{url}"\n{more}')
    return load_settings(folder, {})


@pytest.fixture
def desk(service: AnsweringService, tmp_path: Path) -> Callable[..., HttpService]:
    """Opens the service through a connection."""

    def opened(more: str = "", **spec: Json) -> HttpService:
        return open_service(ServiceSpec(connection="desk", **spec), settings(tmp_path, service.url, more))

    return opened


def ask(opened: HttpService, body: Json = None, query: dict[str, str] | None = None) -> Incoming:
    return run_sync(opened.ask(Outgoing(query or {}, body)))


def test_what_is_sent(
    service: AnsweringService, desk: Callable[..., HttpService], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_KEY", SECRET)
    opened = desk('key_env = "DESK_KEY"\nheaders = {X-Team = "search"}\n', path="/v1/chat", headers={"X-Case": "1"})
    found = ask(opened, {"question": "When?"}, {"lang": "en"})
    assert found.data == {"output": "yes"}
    assert 0 < found.latency < 30
    (asked,) = service.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/v1/chat?lang=en", {"question": "When?"})
    assert asked.headers["Authorization"] == f"Bearer {SECRET}"
    assert (asked.headers["X-Team"], asked.headers["X-Case"]) == ("search", "1")
    ask(desk(method="GET"), {"never": "sent"}, {"q": "a b"})
    assert (service.asked[1].method, service.asked[1].path, service.asked[1].raw) == ("GET", "/?q=a+b", b"")


def test_text_and_events_are_answers_too(service: AnsweringService, desk: Callable[..., HttpService]) -> None:
    service.script(
        Answer(b"plain text", type="text/plain"),
        Answer(type="text/event-stream", chunks=(b'data: {"t": "a"}\n\nda', b"ta: b\n\ndata: [DONE]\n\n")),
    )
    opened = desk()
    assert ask(opened).data == "plain text"
    streamed = ask(opened)
    assert streamed.events == ({"t": "a"}, "b")
    assert streamed.first_token is not None
    assert streamed.first_token <= streamed.latency


def test_what_may_pass_is_tried_again(service: AnsweringService, desk: Callable[..., HttpService]) -> None:
    service.script(QUICK, QUICK, Answer({"output": "at last"}))
    assert ask(desk(retries=2)).data == {"output": "at last"}
    service.script(QUICK, QUICK)
    with pytest.raises(ModelError, match=r"answered with HTTP 503 \(after 2 attempts\)") as caught:
        ask(desk(retries=1))
    assert caught.value.status == 503


@pytest.mark.parametrize(
    ("answer", "message", "hint"),
    [
        (Answer({"detail": "no such tenant"}, status=404), "answered with HTTP 404: no such tenant", "Check path"),
        (Answer({"error": f"bad key {SECRET}"}, status=401), r"HTTP 401: bad key \*\*\*", "whose key_env holds"),
        (Answer(b"<h1>Oops</h1>", status=500), "HTTP 500: <h1>Oops</h1>", "service's log"),
        (Answer(status=302, headers={"Location": "http://127.0.0.1:1/"}), r"redirects \(HTTP 302\)", "final address"),
        (Answer(b"x" * (16 * 2**20 + 1), type="text/plain"), "answered with more than 16 MiB", "Ask for less"),
        (Answer(reset=True), "broke the connection", "Try again"),
    ],
    ids=["404", "401", "500", "302", "big", "reset"],
)
def test_a_failure_says_what_to_do(
    service: AnsweringService,
    desk: Callable[..., HttpService],
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    message: str,
    hint: str,
) -> None:
    monkeypatch.setenv("DESK_KEY", SECRET)
    service.answer = answer
    with pytest.raises(ModelError, match=message) as caught:
        ask(desk('key_env = "DESK_KEY"\n', retries=0))
    assert hint in caught.value.hint
    assert SECRET not in str(caught.value)


def test_redirects_are_not_followed(service: AnsweringService, desk: Callable[..., HttpService]) -> None:
    with answering_service() as elsewhere:
        service.answer = Answer(status=307, headers={"Location": f"{elsewhere.url}/metadata"})
        with pytest.raises(ModelError, match="redirects"):
            ask(desk())
        assert not elsewhere.asked


def test_a_service_that_hangs_is_given_up(service: AnsweringService, desk: Callable[..., HttpService]) -> None:
    service.answer = Answer(hang=True)
    with pytest.raises(ModelError, match=r"did not answer within 0\.2 s") as caught:
        ask(desk(timeout="0.2s", retries=0))
    assert "Raise its timeout" in caught.value.hint


def test_nobody_there(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening
        opened = open_service(
            ServiceSpec(connection="desk"), settings(tmp_path, f"http://127.0.0.1:{taken.getsockname()[1]}")
        )
        with pytest.raises(ModelError, match="was not reached") as caught:
            ask(opened)
    assert "Is the service running" in caught.value.hint


def test_a_key_that_is_not_set(desk: Callable[..., HttpService]) -> None:
    with pytest.raises(ModelError, match="the environment variable NO_SUCH_KEY is not set"):
        ask(desk('key_env = "NO_SUCH_KEY"\n'))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]", "0", "10.0.0.1"]
)
def test_an_address_in_a_suite_must_be_public(service: AnsweringService, tmp_path: Path, host: str) -> None:
    spec = ServiceSpec(url=service.url.replace("127.0.0.1", host), timeout="5s", retries=0)
    with pytest.raises(ModelError, match="leads to a private, loopback or link-local address") as caught:
        ask(open_service(spec, load_settings(tmp_path, {})))
    assert "[connections.NAME]" in caught.value.hint
    assert not service.asked


def test_the_environments_proxy_does_not_hide_where_an_address_leads(
    service: AnsweringService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(variable, service.url)
    opened = open_service(ServiceSpec(url="http://service.invalid/", retries=0), load_settings(tmp_path, {}))
    with pytest.raises(ModelError, match="was not reached"):
        ask(opened)
    assert not service.asked


def test_a_connection_must_be_there_and_have_an_address(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no connection 'dsk'") as caught:
        open_service(ServiceSpec(connection="dsk"), settings(tmp_path, "http://127.0.0.1:1"))
    assert "[connections.dsk]" in caught.value.hint
    with pytest.raises(SettingsError, match=r"connections\.desk\.url is no http or https address"):
        open_service(ServiceSpec(connection="desk"), settings(tmp_path, "file:///etc"))
