"""Where a model string leads: server address, headers, key, limits.

Keys never leave this room: they are read from the environment when the first call is made, kept out of every repr, and
`hide` takes them out of whatever a server sends back before it becomes part of a message.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from llmops.core.errors import ModelError, SettingsError
from llmops.core.settings import Connection, Settings, seconds

DEFAULT_TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenAI-compatible service: its address, and the environment variables that may hold its key and address."""

    api_base: str
    key_env: tuple[str, ...] = ()
    base_env: tuple[str, ...] = ()


PROVIDERS: Final[Mapping[str, Provider]] = {
    "cerebras": Provider("https://api.cerebras.ai/v1", ("CEREBRAS_API_KEY",)),
    "deepinfra": Provider("https://api.deepinfra.com/v1/openai", ("DEEPINFRA_API_KEY",)),
    "deepseek": Provider("https://api.deepseek.com/v1", ("DEEPSEEK_API_KEY",)),
    "fireworks_ai": Provider("https://api.fireworks.ai/inference/v1", ("FIREWORKS_AI_API_KEY", "FIREWORKS_API_KEY")),
    "groq": Provider("https://api.groq.com/openai/v1", ("GROQ_API_KEY",)),
    "hosted_vllm": Provider("http://localhost:8000/v1", (), ("HOSTED_VLLM_API_BASE",)),
    "lm_studio": Provider("http://localhost:1234/v1", (), ("LM_STUDIO_API_BASE",)),
    "mistral": Provider("https://api.mistral.ai/v1", ("MISTRAL_API_KEY",)),
    "ollama": Provider("http://localhost:11434/v1", (), ("OLLAMA_API_BASE",)),
    "openai": Provider("https://api.openai.com/v1", ("OPENAI_API_KEY",), ("OPENAI_BASE_URL", "OPENAI_API_BASE")),
    "openrouter": Provider("https://openrouter.ai/api/v1", ("OPENROUTER_API_KEY",)),
    "together_ai": Provider("https://api.together.xyz/v1", ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY")),
    "vllm": Provider("http://localhost:8000/v1", (), ("HOSTED_VLLM_API_BASE",)),
    "xai": Provider("https://api.x.ai/v1", ("XAI_API_KEY",)),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model on one server. `model` is the string as written, `name` what the server calls it.

    `priced` is false for servers of one's own, whose prices no list knows.
    """

    model: str
    provider: str
    name: str
    api_base: str = field(repr=False)
    key_env: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = DEFAULT_TIMEOUT
    rpm: int | None = None
    tpm: int | None = None
    priced: bool = True

    @property
    def address(self) -> str:
        """The server's address without credentials, else the provider's name; for messages and cache keys."""
        if not self.api_base:
            return self.provider
        parts = urlsplit(self.api_base)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))

    def key(self) -> str | None:
        """The key from the environment, or None where the server needs none.

        Raises:
            ModelError: the variable that should hold it is not set.
        """
        for variable in self.key_env:
            if os.environ.get(variable, "").strip():
                return os.environ[variable].strip()
        if not self.key_env:
            return None
        raise ModelError(
            f"{self.model} needs a key, and the environment variable {self.key_env[0]} is not set",
            hint=f"export {self.key_env[0]}=… (or use the model offline/extractive, which needs none).",
        )

    def hide(self, text: str) -> str:
        """Take keys and header values out of a text, cut it to a line of at most 300 characters."""
        variables = (*self.key_env, f"{self.provider.upper()}_API_KEY")
        secrets = {os.environ.get(variable, "").strip() for variable in variables}
        secrets |= {part for value in self.headers.values() for part in value.split() if len(part) >= 8}
        secrets |= {urlsplit(self.api_base).password or "", urlsplit(self.api_base).query}
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            text = text.replace(secret, "***")
        text = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).split())
        return text if len(text) <= 300 else text[:299] + "…"


def find_endpoint(model: str, settings: Settings) -> Endpoint:
    """Resolve a model string against connections and known providers.

    Raises:
        SettingsError: a connection without an address, or with one that is no http(s) URL.
    """
    provider, _, name = model.partition("/")
    connection = settings.connections.get(provider, Connection())
    known = PROVIDERS.get(provider)
    own = connection.api_base or connection.url
    from_env = next((os.environ[v] for v in (known.base_env if known else ()) if os.environ.get(v)), "")
    api_base = own or from_env or (known.api_base if known else "")
    where = f"connections.{provider}.api_base"
    if not api_base:
        raise SettingsError(
            f"{where} is not set", hint=f'Write api_base = "http://…/v1" below [connections.{provider}].'
        )
    if urlsplit(api_base).scheme not in ("http", "https") or not urlsplit(api_base).hostname:
        raise SettingsError(
            f"{where} = {api_base!r} is no http or https address", hint="For example http://localhost:8000/v1."
        )
    return Endpoint(
        model=model,
        provider=provider,
        name=name,
        api_base=api_base.rstrip("/"),
        key_env=_key_variables(connection, known, own=bool(own)),
        headers=connection.headers,
        timeout=seconds(connection.timeout),
        rpm=connection.rpm,
        tpm=connection.tpm,
        priced=known is not None,
    )


def _key_variables(connection: Connection, known: Provider | None, *, own: bool) -> tuple[str, ...]:
    if connection.key_env:
        return (connection.key_env,)
    # A provider's key goes to the provider, not to whatever address a connection of the same name gives.
    return () if own or known is None else known.key_env
