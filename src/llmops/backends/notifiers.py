"""Notifiers: how people are told of an alert, by the connection that a monitor names (`notify: oncall`).

Each is a `Sender`, as hooks have them: it takes one delivery at a time and says how that ended, so that what cannot be delivered
waits in the store. A package adds its own under `llmops.notifiers`: a callable that gets the connection and its name, the
folder of the workspace and the environment.
"""

import json
import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from llmops.backends.local_command import LocalCommand
from llmops.backends.webhook import Webhook
from llmops.core.catalog import Catalog
from llmops.core.errors import ExtraMissing, NotFound, SettingsError
from llmops.core.hook_settings import check_address
from llmops.core.names import did_you_mean
from llmops.core.sections import Connection
from llmops.core.settings import seconds
from llmops.domain.hook import Attempt, Delivery, Sender

_LOG: Final = logging.getLogger("llmops.alerts")


class NotifierFactory(Protocol):
    """Opens a notifier by a connection of llmops.toml."""

    def __call__(self, name: str, connection: Connection, *, root: Path, environ: Mapping[str, str]) -> Sender: ...


NOTIFIERS: Final[Catalog[NotifierFactory]] = Catalog(
    "notifier",
    "llmops.notifiers",
    {
        "apprise": "llmops.backends.notifiers:open_apprise",
        "command": "llmops.backends.notifiers:open_command",
        "log": "llmops.backends.notifiers:open_log",
        "webhook": "llmops.backends.notifiers:open_webhook",
    },
)


def open_notifier(name: str, connections: Mapping[str, Connection], root: Path, environ: Mapping[str, str]) -> Sender:
    """Open the notifier of a connection: the one that it names, else a command or webhook by what it has.

    Raises:
        SettingsError: there is no such connection, its notifier is unknown, or it lacks what that needs.
        ExtraMissing: it needs a library.
    """
    if name not in connections:
        raise SettingsError(
            f"there is no connection {name!r} to tell people of alerts by",
            hint=f"Write [connections.{name}] in llmops.toml, see docs/alerts.md.",
        )
    connection = connections[name]
    kind = connection.notifier or ("command" if connection.command else "webhook")
    try:
        factory = NOTIFIERS.get(kind)
    except NotFound as error:
        raise SettingsError(
            f"connections.{name}.notifier: there is no notifier {kind!r}", hint=did_you_mean(kind, NOTIFIERS)
        ) from error
    return factory(name, connection, root=root, environ=environ)


def open_command(name: str, connection: Connection, *, root: Path, environ: Mapping[str, str]) -> Sender:
    """A program that gets the alert as JSON on its standard input."""
    if not connection.command or not connection.command[0].strip():
        raise SettingsError(
            f"connections.{name}.command is not set", hint='Write for example command = ["./scripts/page.sh"].'
        )
    return LocalCommand(connection.command, root, seconds(connection.timeout))


def open_webhook(name: str, connection: Connection, *, root: Path, environ: Mapping[str, str]) -> Sender:
    """An address that gets the alert as JSON, signed as hooks are."""
    url = address_of(name, connection, environ)
    try:
        check_address(url)
    except ValueError as error:
        raise SettingsError(f"connections.{name}: {error}", hint="See docs/alerts.md.") from error
    secret = _variable(name, "secret_env", connection.secret_env, environ)
    return Webhook(url, secret, seconds(connection.timeout), connection.allow_private)


def open_log(name: str, connection: Connection, *, root: Path, environ: Mapping[str, str]) -> Sender:
    """The log of this program: a warning of the logger `llmops.alerts`."""
    return LogLine()


def open_apprise(name: str, connection: Connection, *, root: Path, environ: Mapping[str, str]) -> Sender:
    """Whatever apprise can reach by an address: mail, chats, pagers."""
    url = address_of(name, connection, environ)
    try:
        with (
            warnings.catch_warnings()
        ):  # its plug-ins, loaded when it is given an address, import what Python drops soon
            warnings.simplefilter("ignore", DeprecationWarning)
            import apprise

            asset = apprise.AppriseAsset(app_id="llmops", app_desc="llmops", app_url="", async_mode=False)
            there = apprise.Apprise(asset=asset)
            is_known = there.add(url)
    except ImportError as error:
        raise ExtraMissing("apprise", "notify", needed_for="notifiers with apprise") from error
    if not is_known:
        raise SettingsError(
            f"connections.{name}: apprise does not know what its address is for",
            hint="Addresses look like mailto://… or slack://…: see the pages of apprise.",
        )
    return AppriseNotice(there)


def address_of(name: str, connection: Connection, environ: Mapping[str, str]) -> str:
    """The address of a connection, from its variable where it is secret.

    Raises:
        SettingsError: it has none.
    """
    if connection.url_env:
        return _variable(name, "url_env", connection.url_env, environ)
    if not connection.url:
        raise SettingsError(f"connections.{name}.url is not set", hint="Write url, or url_env where it is secret.")
    return connection.url


def _variable(name: str, key: str, variable: str, environ: Mapping[str, str]) -> str:
    if not variable:
        raise SettingsError(
            f"connections.{name}.{key} is not set",
            hint="A webhook is signed: it names the environment variable that holds the secret.",
        )
    value = environ.get(variable, "").strip()
    if not value:
        raise SettingsError(
            f"the environment variable {variable} is not set", hint=f"connections.{name}.{key} names it."
        )
    return value


def message_of(delivery: Delivery) -> tuple[str, str]:
    """Title and text of a notice about an alert."""
    subject = json.loads(delivery.body)["subject"]
    return str(subject["title"]), str(subject["text"])


@dataclass(frozen=True, slots=True)
class LogLine:
    """Writes notices to the log."""

    def send(self, delivery: Delivery, now: datetime) -> Attempt:
        """Write it."""
        title, text = message_of(delivery)
        _LOG.warning("%s\n%s", title, text)
        return Attempt()

    def cancel(self) -> None:
        """There is nothing to break off."""


class Notifying(Protocol):
    """What apprise offers."""

    def notify(self, body: str, title: str = "") -> bool | None: ...


@dataclass(slots=True)
class AppriseNotice:
    """Sends notices with apprise."""

    there: Notifying
    _cancelled: bool = field(default=False, repr=False)

    def send(self, delivery: Delivery, now: datetime) -> Attempt:
        """Send it; apprise says only whether that went well."""
        if self._cancelled:
            return Attempt("llmops ended before it was sent", reached=False)
        title, text = message_of(delivery)
        try:
            sent = self.there.notify(body=text, title=title)
        except Exception as error:  # noqa: BLE001  # wall: what a plug-in of apprise raises costs this attempt, not the run
            return Attempt(f"apprise failed: {type(error).__name__}", reached=False)
        return Attempt() if sent else Attempt("apprise could not deliver it", reached=False)

    def cancel(self) -> None:
        """Send nothing more."""
        self._cancelled = True
