"""Webhooks against a real server: signed, checked, and never led astray."""

import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from llmops.backends.addresses import is_public
from llmops.backends.webhook import Webhook, sign
from llmops.domain.hook import Attempt, Delivery
from tests.support.receiver import Receiver, receiver

NOW = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
SECRET = "s3cr3t-of-the-hook"
DELIVERY = Delivery(
    id="dlv-1", event_id="evt-1", event="promote", hook="notes", body='{"a": 1}', created_at=NOW, due_at=NOW
)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def hook(url: str, *, timeout: float = 20.0, allow_private: bool = True) -> Webhook:
    return Webhook(url, SECRET, timeout, allow_private)


def test_a_receiver_can_verify_the_signature(there: Receiver) -> None:
    assert hook(f"{there.url}/in?token=t").send(DELIVERY, NOW) == Attempt()
    (posted,) = there.posted
    assert posted.path == "/in?token=t"
    assert posted.raw == b'{"a": 1}'
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["X-Llmops-Event"] == "promote"
    assert posted.headers["X-Llmops-Delivery"] == "dlv-1"
    timestamp = posted.headers["X-Llmops-Timestamp"]
    assert timestamp == str(int(NOW.timestamp()))
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + posted.raw, hashlib.sha256).hexdigest()
    assert posted.headers["X-Llmops-Signature"] == f"sha256={expected}"
    assert SECRET not in str(posted.headers)


def test_the_signature_covers_time_and_body() -> None:
    signed = sign("key", "1", b"body")
    assert signed == "sha256=91b5374b153842ad05b2c4eab9349b8321b14703165bd3fb8b034dfb8be98ae5"
    assert len({signed, sign("key", "2", b"body"), sign("key", "1", b"bodY"), sign("other", "1", b"body")}) == 4


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_a_refusal_may_be_tried_again(there: Receiver, status: int) -> None:
    there.status, there.retry_after = status, "7"
    assert hook(f"{there.url}/secret-path").send(DELIVERY, NOW) == Attempt(f"{there.url} answered {status}", wait=7.0)


def test_redirects_are_not_followed(there: Receiver) -> None:
    with receiver() as elsewhere:
        there.status, there.location = 307, f"{elsewhere.url}/metadata"
        attempt = hook(there.url).send(DELIVERY, NOW)
        assert not elsewhere.posted
    assert attempt.error == f"{there.url} answered 307: redirects are not followed; write the final address"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]", "0"])
def test_private_addresses_are_refused_before_anything_connects(there: Receiver, host: str) -> None:
    url = there.url.replace("127.0.0.1", host)
    attempt = hook(url, allow_private=False).send(DELIVERY, NOW)
    assert "is a private, loopback or link-local address; if that is meant, set allow_private = true" in attempt.error
    assert not attempt.again
    assert not there.posted


def test_the_peer_is_checked_on_the_connection_itself(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name whose look-up is answered with a public address, while the connection ends at a private one."""
    asked: list[str] = []

    def deceived(address: str) -> bool:
        asked.append(address)
        return True

    def seeing(address: str) -> bool:
        asked.append(address)
        return is_public(address)

    monkeypatch.setattr("llmops.backends.webhook.is_public", deceived)
    monkeypatch.setattr("llmops.backends.checked_connector.is_public", seeing)
    attempt = hook(there.url, allow_private=False).send(DELIVERY, NOW)
    assert attempt.error.startswith(f"{there.url} led to a private")
    assert not attempt.again
    assert asked == ["127.0.0.1", "127.0.0.1"]
    assert not there.posted


def test_the_connection_goes_to_the_address_that_was_checked(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that nothing else could look up: no second look-up can give another answer."""
    monkeypatch.setattr("llmops.backends.webhook.find_addresses", lambda host, port: ["127.0.0.1"])
    url = there.url.replace("127.0.0.1", "hooks.invalid")
    assert hook(url).send(DELIVERY, NOW) == Attempt()
    assert there.posted[0].headers["Host"].startswith("hooks.invalid")


def test_the_environments_proxy_is_not_asked(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy:
        for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(variable, proxy.url)
        assert hook(there.url).send(DELIVERY, NOW) == Attempt()
        assert not proxy.posted


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        attempt = hook(f"{url}/secret-path").send(DELIVERY, NOW)
    assert attempt == Attempt(f"{url} cannot be reached: connection refused", reached=False)


def test_an_unknown_host() -> None:
    attempt = hook("https://hooks.invalid/secret-path").send(DELIVERY, NOW)
    assert attempt == Attempt("https://hooks.invalid is unknown: no such host", reached=False)


def test_no_certificate(there: Receiver) -> None:
    url = there.url.replace("http", "https")
    attempt = hook(f"{url}/secret-path").send(DELIVERY, NOW)
    assert attempt == Attempt(f"{url} cannot be reached: no secure connection could be made", reached=False)


def test_what_the_environment_holds_may_be_no_address() -> None:
    assert hook("nonsense with secret-path").send(DELIVERY, NOW).error == "url is no http or https address"


def test_a_receiver_that_does_not_answer(there: Receiver) -> None:
    there.hold.clear()
    attempt = hook(there.url, timeout=0.2).send(DELIVERY, NOW)
    assert attempt == Attempt(f"{there.url} did not answer within 0.2 s", reached=False)


def test_an_attempt_can_be_broken_off(there: Receiver) -> None:
    there.hold.clear()
    sender = hook(there.url)
    ended: list[Attempt] = []
    thread = threading.Thread(target=lambda: ended.append(sender.send(DELIVERY, NOW)))
    thread.start()
    there.wait_for(1)
    started = time.monotonic()
    sender.cancel()
    thread.join()
    assert time.monotonic() - started < 5
    assert ended == [Attempt(f"llmops ended before {there.url} had answered", reached=False)]
    assert sender.send(DELIVERY, NOW) == ended[0]
    assert len(there.posted) == 1


def test_secrets_are_not_in_what_a_debugger_prints() -> None:
    shown = repr(hook("https://a.example/secret-path"))
    assert SECRET not in shown
    assert "secret-path" not in shown
