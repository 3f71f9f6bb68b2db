"""What a source may need besides its own lines in a RAG configuration."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from llmops.core.errors import SettingsError
from llmops.core.names import did_you_mean
from llmops.core.settings import Connection
from llmops.domain.corpus import SourceSpec


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The workspace folder, the connections of its settings, the sources listed before this one, whose documents it leaves to
    them, and where it may keep what it fetched."""

    root: Path
    connections: Mapping[str, Connection] = field(default_factory=dict, repr=False)
    earlier: Sequence[SourceSpec] = ()

    def connection(self, name: str, kind: str) -> Connection:
        """The settings of a connection.

        Raises:
            SettingsError: the settings have none of that name; the hint has the nearest, or the lines to write.
        """
        if name in self.connections:
            return self.connections[name]
        near = did_you_mean(name, self.connections) if self.connections else ""
        raise SettingsError(
            f"a source says {kind}.connection: {name}, and llmops.toml has no [connections.{name}]",
            hint=near or f'Write [connections.{name}] with url = "…", or url_env = "…" where it is secret.',
        )

    def address(self, name: str, kind: str) -> tuple[str, Connection]:
        """Where a connection leads, and its other settings.

        Raises:
            SettingsError: it has neither `url` nor `url_env`, or the environment variable is not set.
        """
        connection = self.connection(name, kind)
        if connection.url_env:
            url = os.environ.get(connection.url_env, "").strip()
            if not url:
                raise SettingsError(
                    f"connections.{name}.url_env names {connection.url_env}, which is not set",
                    hint=f"export {connection.url_env}=…",
                )
            return url, connection
        if not connection.url:
            raise SettingsError(
                f"connections.{name} has no url", hint=f'Write url = "…" or url_env = "…" below [connections.{name}].'
            )
        return connection.url, connection

    def secret(self, name: str, connection: Connection) -> str:
        """The key of a connection, empty where it names none.

        Raises:
            SettingsError: the environment variable is not set.
        """
        if not connection.key_env:
            return ""
        value = os.environ.get(connection.key_env, "").strip()
        if not value:
            raise SettingsError(
                f"connections.{name}.key_env names {connection.key_env}, which is not set",
                hint=f"export {connection.key_env}=…",
            )
        return value
