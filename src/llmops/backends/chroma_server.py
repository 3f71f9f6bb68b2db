"""A Chroma server as a vector store: one collection a generation, which any number of processes may use.

A server that does not answer is an error within the time-out, never a wait without end: it is asked whether it lives before
the client, which has no time-out of its own while it connects, is made.
"""

import json
import os
import re
import urllib.request
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from llmops.backends.chroma import check_installed
from llmops.backends.chroma_collection import SETTINGS, ChromaCollection, Client, Collection
from llmops.core.errors import SettingsError, VectorStoreDown, VectorStoreError
from llmops.core.hashing import Json
from llmops.core.settings import Connection, Settings, seconds
from llmops.domain.manifest import short_hash
from llmops.domain.vector_batches import check_name

_OTHER_THAN_NAMES: Final = re.compile(r"[^A-Za-z0-9]+")


class _NoLock:
    """A server keeps its clients apart itself."""

    def read(self) -> None: ...
    def write(self) -> None: ...
    def release(self) -> None: ...


class ChromaServerStore(ChromaCollection):
    """Vectors of one generation in a collection of a server."""

    def __init__(self, server: "ChromaServer", name: str, dimension: int) -> None:
        self._server = server
        where = f"{server.place}, collection {name}"
        super().__init__(
            where, dimension, lambda: _open(server, name, dimension), _NoLock(), server.timeout, server.hint
        )

    def _failure(self, message: str, error: BaseException) -> VectorStoreError:
        """Tell a server that is gone from one that refuses."""
        kind = VectorStoreDown if _is_down(error) else VectorStoreError
        return kind(message, hint=self._hint)


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """A server that keeps the vectors of generations in collections."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0
    kind: str = "chroma-server"
    is_served: bool = True

    @property
    def place(self) -> str:
        """Its address."""
        return f"the Chroma server at {self.url}"

    @property
    def hint(self) -> str:
        """What to do when it fails."""
        port = urlsplit(self.url).port or (443 if self.url.startswith("https") else 80)
        return f"Is it running? Start one with: chroma run --path DIR --port {port}. What was built is still searched."

    def examine(self) -> str:
        """The version of the server and where it is.

        Raises:
            VectorStoreDown: it does not answer, or is no Chroma server.
        """
        try:
            return f"Chroma {json.loads(_answer(self, 'version'))}, {self.place}"
        except (OSError, ValueError) as error:
            raise VectorStoreDown(f"{self.place} does not answer: {error}", hint=self.hint) from error

    def open(self, name: str, dimension: int) -> ChromaServerStore:
        """Open the collection of a name, which is made if it is not there."""
        return ChromaServerStore(self, collection_name(name), dimension)

    def discard(self, name: str) -> None:
        """Delete the collection of a name."""
        from chromadb.errors import NotFoundError

        try:
            client = _connect(self)
            try:
                client.delete_collection(collection_name(name))
            except NotFoundError:
                pass
            finally:
                client.close()
        except Exception as error:  # wall: whatever client and server raise becomes one error
            kind = VectorStoreDown if _is_down(error) else VectorStoreError
            raise kind(f"the vectors in {self.place} cannot be removed: {error}", hint=self.hint) from error

    def stamp(self, name: str, mark: str) -> None:
        """Nothing: what a server keeps, nobody copies back unnoticed."""

    def doubt(self, name: str, mark: str) -> str:
        """Nothing is known without asking the server; its counts are compared when it is."""
        return ""


def collection_name(name: str) -> str:
    """What the collection of a generation is called: readable, and no two alike."""
    readable = _OTHER_THAN_NAMES.sub("-", check_name(name)).strip("-")[:60]
    return f"{readable}-{short_hash(name)[:12]}"


def open_shelf(settings: Settings) -> ChromaServer:
    """The Chroma server of a workspace.

    Raises:
        ExtraMissing: chromadb is not installed.
        SettingsError: no address is set, or one that is none.
    """
    check_installed("chroma-server")
    wanted, connection = settings.vectors, Connection(url=settings.vectors.url, timeout=settings.vectors.timeout)
    if wanted.connection:
        if wanted.connection not in settings.connections:
            raise SettingsError(
                f"vectors.connection is {wanted.connection!r}, and there is no such connection",
                hint=f"Write [connections.{wanted.connection}] with url in llmops.toml.",
            )
        connection = settings.connections[wanted.connection]
    url = (connection.url or connection.api_base).rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise SettingsError(
            f'the vector store "chroma-server" has no address: {url!r}',
            hint='Set [vectors] url = "http://127.0.0.1:8000", or connection to one that has a url.',
        )
    headers = dict(connection.headers)
    if connection.key_env:
        key = os.environ.get(connection.key_env, "")
        if not key:
            raise SettingsError(
                f"the environment variable {connection.key_env}, the key of the Chroma server, is not set",
                hint=f"export {connection.key_env}=…",
            )
        headers["Authorization"] = f"Bearer {key}"
    return ChromaServer(url, headers, seconds(connection.timeout))


class _Connected:
    """A client of a server, which Chroma's own leaves connected when it is closed."""

    def __init__(self, client: Json, timeout: float) -> None:
        # The client waits for ever by default, and has no other door to its time-out.
        self._sessions = [client._server._session, client._admin_client._server._session]
        for session in self._sessions:
            session.timeout = timeout
        self._client = client
        self.get_max_batch_size: Callable[[], int] = client.get_max_batch_size
        self.delete_collection: Callable[[str], None] = client.delete_collection
        self.get_or_create_collection: Callable[..., Collection] = client.get_or_create_collection

    def close(self) -> None:
        """Hang up."""
        self._client.close()
        for session in self._sessions:
            session.close()


def _answer(server: ChromaServer, path: str) -> bytes:
    request = urllib.request.Request(f"{server.url}/api/v2/{path}", headers=dict(server.headers))  # noqa: S310  # http(s) only
    with urllib.request.urlopen(request, timeout=server.timeout) as response:  # noqa: S310  # the same
        found: bytes = response.read()
    return found


def _connect(server: ChromaServer) -> _Connected:
    _answer(server, "heartbeat")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import chromadb
        from chromadb.config import Settings

        address = urlsplit(server.url)
        ssl = address.scheme == "https"
        client = chromadb.HttpClient(
            host=address.hostname,
            port=address.port or (443 if ssl else 80),
            ssl=ssl,
            headers=dict(server.headers),
            settings=Settings(anonymized_telemetry=False),
        )
    return _Connected(client, server.timeout)


def _open(server: ChromaServer, name: str, dimension: int) -> tuple[Client, Collection]:
    client = _connect(server)
    found = client.get_or_create_collection(
        name, embedding_function=None, metadata={"dimension": dimension}, configuration=SETTINGS
    )
    return client, found


def _is_down(error: BaseException) -> bool:
    """Whether a connection failed, and not a request."""
    import httpx

    return isinstance(error, OSError | httpx.TransportError)
