"""Tables of `llmops.toml` that have a room of their own: connections, and the log."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from llmops.core.durations import seconds
from llmops.core.errors import SettingsError
from llmops.core.notice_settings import read_at_most, read_quiet


class Section(BaseModel):
    """A table of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)  # values may be secrets


def _valid(read: Callable[[str], object]) -> Callable[[str], str]:
    def checked(text: str) -> str:
        try:
            if text:
                read(text)
        except SettingsError as error:
            raise ValueError(error.message) from error
        return text

    return checked


class Connection(Section):
    """A place with its credentials by environment variable: an OpenAI-compatible server, where documents come from, or where
    people are told of alerts. `url_env` names the variable that holds an address which is secret itself.

    For alerts, `notifier` is one of `log`, `command`, `webhook`, `apprise` or of a package; `secret_env` is the environment
    variable with which webhooks are signed; `quiet` are hours in which nobody is told, `at_most` is how often somebody is.
    """

    url: str = ""
    url_env: str = ""
    api_base: str = ""
    key_env: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    timeout: str = "60s"
    rpm: int | None = Field(default=None, gt=0)
    tpm: int | None = Field(default=None, gt=0)
    notifier: str = ""
    command: tuple[str, ...] = ()
    secret_env: str = ""
    allow_private: bool = False
    quiet: Annotated[str, AfterValidator(_valid(read_quiet))] = ""
    at_most: Annotated[str, AfterValidator(_valid(read_at_most))] = ""


def _duration(text: str) -> str:
    try:
        if text and seconds(text) <= 0:
            raise ValueError("it must be longer than nothing")
    except SettingsError as error:
        raise ValueError(error.message) from error
    return text


class LogSettings(Section):
    """What is written down of answers: their texts after redaction or none; by which policy, if not by the app's; and for how
    long (empty: for good)."""

    text: Literal["redacted", "none"] = "redacted"
    redact: str = ""
    retention: Annotated[str, AfterValidator(_duration)] = ""
