"""An HTTP service as a target: where it is, what is sent, and where in its answer things are."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from llmops.core.durations import seconds
from llmops.core.errors import SettingsError
from llmops.core.hashing import Json
from llmops.domain.noun import Noun

Method = Literal["GET", "POST", "PUT", "PATCH"]
LONGEST = 3600.0


def _duration(text: str) -> str:
    try:
        value = seconds(text)
    except SettingsError as error:
        raise ValueError(error.message) from error
    if not 0 < value <= LONGEST:
        raise ValueError("it must be above 0s and at most 1h")
    return text


class ServiceSpec(Noun):
    """A service that is asked once a case.

    Attributes:
        url: the whole address, of a public host; or else
        connection: the name of a `[connections]` table, whose address may be private and which holds the key, and
        path: what comes behind that address.
        method, headers, query, body: what is sent; texts in `query` and `body` are templates over the inputs of a case. Without
            a body the inputs themselves are sent.
        format: `openai` sends and reads chat completions, with `model` and whatever `body` adds.
        stream: ask for server-sent events, where the format is `openai`.
        output, contexts, tool_calls, usage: paths into the answer; `delta` into each event of a streamed one.
        timeout: for one attempt; by default the connection's.
        retries: further attempts where the failure may pass.
    """

    url: str = ""
    connection: str = ""
    path: str = ""
    method: Method = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, Json] = Field(default_factory=dict)
    body: Json = None
    format: Literal["json", "openai"] = "json"
    model: str = ""
    stream: bool | None = None
    output: str = ""
    contexts: str = ""
    tool_calls: str = ""
    usage: str = ""
    delta: str = ""
    timeout: Annotated[str, AfterValidator(_duration)] | None = None
    retries: int = Field(default=4, ge=0, le=20)

    @model_validator(mode="after")
    def _make_sense(self) -> "ServiceSpec":
        if bool(self.url) == bool(self.connection):
            raise ValueError("a service has a url, or a connection (a table of llmops.toml) with a path")
        if self.url:
            self._check_url()
        if self.path and not (self.connection and self.path.startswith("/")):
            raise ValueError("path goes with connection, and begins with /")
        if self.method == "GET" and self.body is not None:
            raise ValueError("GET has no body; write query")
        if self.format == "openai":
            wrong = [name for name in ("output", "contexts", "tool_calls", "usage", "delta") if getattr(self, name)]
            if wrong or self.method != "POST":
                raise ValueError(
                    f"format: openai knows where things are, so {wrong[0] if wrong else 'method'} is not said"
                )
            if self.body is not None and not isinstance(self.body, dict):
                raise ValueError("with format: openai, body is a map of further parameters")
        elif self.stream is not None or self.model:
            raise ValueError(f"{'model' if self.model else 'stream'} goes with format: openai; put it into body")
        return self

    def _check_url(self) -> None:
        try:
            parts = urlsplit(self.url)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound or any(ord(letter) <= 32 or ord(letter) == 127 for letter in self.url):
            raise ValueError("url is no http or https address")
        if "@" in urlsplit(self.url).netloc:
            raise ValueError("url holds a user or password; name a connection of llmops.toml with key_env instead")

    @property
    def name(self) -> str:
        """What tables call it: the address without its query, or the connection with the path."""
        return f"{self.connection}{self.path}" if self.connection else self.url.partition("?")[0]
