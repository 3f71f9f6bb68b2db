"""The tables `[hooks.<name>]` of `llmops.toml`: who is told when something happens, and how.

Addresses may hold tokens and secrets are secret, so what is wrong with a table is said without repeating its values.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from llmops.core.durations import seconds
from llmops.core.errors import SettingsError

EventType: TypeAlias = Literal["register", "promote", "rollback", "gate_failed", "alert"]

LONGEST: Final = 3600.0
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]*")


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a hook's name has letters, digits, '-' and '_'")
    return name


def _duration(least: float) -> Callable[[str], str]:
    def checked(text: str) -> str:
        try:
            value = seconds(text)
        except SettingsError as error:
            raise ValueError(error.message) from error
        if not least <= value <= LONGEST:
            raise ValueError(f"it must be between {least:g}s and {LONGEST / 3600:g}h")
        return text

    return checked


class HookSettings(BaseModel):
    """One hook: the events it is about, and a webhook or a local command.

    Attributes:
        on: the events.
        url: where to post; `url_env` names an environment variable that holds it, for addresses that are secret.
        secret_env: the environment variable whose value signs what is posted.
        allow_private: whether the address may be a private, loopback or link-local one.
        command: a program with its arguments; it gets the event on standard input. No shell reads it.
        timeout: how long one attempt may take.
        wait: how long a program that ends waits for attempts that are under way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: tuple[EventType, ...] = Field(min_length=1)
    url: str = Field(default="", repr=False)
    url_env: str = ""
    secret_env: str = Field(default="", repr=False)
    allow_private: bool = Field(default=False, strict=True)
    command: tuple[str, ...] = ()
    timeout: Annotated[str, AfterValidator(_duration(0.1))] = "10s"
    wait: Annotated[str, AfterValidator(_duration(0.0))] = "2s"

    @model_validator(mode="after")
    def _make_sense(self) -> "HookSettings":
        ways = [key for key in ("url", "url_env", "command") if getattr(self, key)]
        if len(ways) != 1:
            raise ValueError(f"a hook has one of url, url_env and command, here it has {' and '.join(ways) or 'none'}")
        if self.command:
            wrong = "secret_env" if self.secret_env else "allow_private" if self.allow_private else ""
            if wrong:
                raise ValueError(f"{wrong} is for webhooks; a command is not signed and calls nobody")
            if not self.command[0].strip() or any("\0" in word for word in self.command):
                raise ValueError("command starts with the name of a program")
            return self
        if not self.secret_env:
            raise ValueError("a webhook is signed: secret_env names the environment variable that holds the secret")
        for key in ("url_env", "secret_env"):
            variable = getattr(self, key)
            if variable and not _VARIABLE.fullmatch(variable):
                raise ValueError(f"{key} is the name of an environment variable, in capitals, never the secret itself")
            if variable.startswith("LLMOPS_"):
                raise ValueError(f"{key}: names that begin with LLMOPS_ are settings; choose another")
        if self.url:
            check_address(self.url)
        return self

    @property
    def place(self) -> str:
        """Where it leads, without anything that may be secret: scheme and host, a variable's name, or the program."""
        if self.command:
            return self.command[0]
        return f"${self.url_env}" if self.url_env else show_address(self.url)

    def missing(self, environ: Mapping[str, str]) -> str:
        """The first environment variable that it needs and that is not set, or nothing."""
        wanted = (self.url_env, self.secret_env)
        return next((variable for variable in wanted if variable and not environ.get(variable, "").strip()), "")


def check_address(url: str) -> None:
    """Check where a webhook leads.

    Raises:
        ValueError: it is no http or https address, or holds credentials; the text does not repeat it.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise ValueError("url is no http or https address")
    if "@" in parts.netloc:
        raise ValueError("url holds a user or password; receivers know us by the signature")


def show_address(url: str) -> str:
    """Scheme, host and port of an address: paths and queries of webhooks often are secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


HookTables: TypeAlias = dict[Annotated[str, AfterValidator(_named)], HookSettings]
"""All of `[hooks]`."""
