"""Notifiers are opened by what a connection says."""

import json
from pathlib import Path

import pytest

from llmops.backends.local_command import LocalCommand
from llmops.backends.notifiers import AppriseNotice, LogLine, open_notifier
from llmops.backends.webhook import Webhook
from llmops.core.errors import SettingsError
from llmops.core.sections import Connection
from llmops.domain.hook import Delivery, Sender
from tests.support.examples import NOW, example_delivery
from tests.support.receiver import receiver

ENVIRON = {"URL": "https://hooks.example.com/x", "SECRET": "s"}


def opened(**fields: object) -> Sender:
    return open_notifier("oncall", {"oncall": Connection.model_validate(fields)}, Path(), ENVIRON)


def notice() -> Delivery:
    body = json.dumps({"subject": {"title": "docs: latency drifted", "text": "since noon"}})
    return example_delivery("dlv-1").model_copy(update={"body": body})


def test_the_kind_follows_from_what_is_there() -> None:
    assert isinstance(opened(command=["page"]), LocalCommand)
    assert isinstance(opened(url_env="URL", secret_env="SECRET"), Webhook)
    assert isinstance(opened(notifier="log"), LogLine)


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        ({}, "connections.oncall.url is not set", "Write url, or url_env where it is secret."),
        ({"url": "https://x.example"}, "connections.oncall.secret_env is not set", "A webhook is signed"),
        ({"url_env": "NONE"}, "the environment variable NONE is not set", "connections.oncall.url_env names it."),
        ({"url": "ftp://x", "secret_env": "SECRET"}, "url is no http or https address", "See docs/alerts.md."),
        ({"notifier": "command"}, "connections.oncall.command is not set", "Write for example command"),
        ({"notifier": "apprize", "url": "x"}, "there is no notifier 'apprize'", "apprise"),
    ],
)
def test_what_is_missing_is_said(fields: dict[str, object], message: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        opened(**fields)
    assert hint in caught.value.hint


def test_a_connection_that_is_not_there_is_said() -> None:
    with pytest.raises(SettingsError, match="there is no connection 'oncall'") as caught:
        open_notifier("oncall", {}, Path(), {})
    assert caught.value.hint == "Write [connections.oncall] in llmops.toml, see docs/alerts.md."


def test_apprise_delivers_or_says_that_it_could_not() -> None:
    pytest.importorskip("apprise")
    with receiver() as there:
        there.status = 200
        sender = opened(notifier="apprise", url=there.url.replace("http://", "json://"))
        assert sender.send(notice(), NOW).error == ""
        assert there.posted[0].body["title"] == "docs: latency drifted"
        assert there.posted[0].body["message"] == "since noon"
        there.status = 500
        assert sender.send(notice(), NOW).error == "apprise could not deliver it"
        sender.cancel()
        assert sender.send(notice(), NOW).error == "llmops ended before it was sent"
    with pytest.raises(SettingsError, match="apprise does not know what its address is for") as caught:
        opened(notifier="apprise", url="nonsense")
    assert "mailto://" in caught.value.hint


def test_what_a_plugin_of_apprise_raises_costs_one_attempt() -> None:
    class Broken:
        def notify(self, body: str, title: str = "") -> bool:
            raise RuntimeError("secret")

    attempt = AppriseNotice(Broken()).send(notice(), NOW)
    assert (attempt.error, attempt.again) == ("apprise failed: RuntimeError", True)
