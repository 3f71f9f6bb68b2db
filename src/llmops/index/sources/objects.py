"""Objects of S3 and other stores: `objects: {connection: handbook, files: "**/*.md"}`, with `[connections.handbook] url = "s3://…"`.

The token of an object is its ETag or checksum where the store has one, else time and size; nothing is read to list.
"""

import os
from collections.abc import Iterator
from time import time
from typing import Final

from llmops.core.errors import SettingsError
from llmops.core.hashing import Json
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import SourceItem
from llmops.index.sources.globs import compile_glob
from llmops.index.sources.spooled import SpooledSource, make_token
from llmops.index.sources.surroundings import Surroundings
from llmops.storage.object_files import ObjectFiles
from llmops.storage.spool import Entry, Spool

MAX_BYTES: Final = 256 << 20
"""Of one object that is read into memory."""


def open_objects(spec: SourceSpec, where: Surroundings) -> SpooledSource:
    """Make the source of a spec with `objects`; a document is called by its path below the connection's url.

    Raises:
        SettingsError: the connection is not there, or leads to nothing that fsspec knows.
    """
    wanted = spec.objects
    assert wanted is not None
    url, connection = where.address(wanted.connection, "objects")
    if "://" not in url:
        raise SettingsError(
            f"connections.{wanted.connection}.url has no protocol",
            hint="Write s3://BUCKET/PREFIX; plain folders are `files`.",
        )
    files = ObjectFiles(url, _credentials(where.secret(wanted.connection, connection)))
    glob, exclude = compile_glob(wanted.files), [compile_glob(pattern) for pattern in spec.exclude]
    constants = spec.metadata or {}

    def gather() -> Iterator[Entry]:
        for found in files.listed(glob.base):
            key = found.path
            is_hidden = key[0] == "." or "/." in key
            if is_hidden or not glob.matches(key) or any(pattern.matches(key) for pattern in exclude):
                continue
            yield Entry(
                SourceItem(key, make_token(found.token, constants), found.size, found.changed_at or time(), constants)
            )

    def fetch(_: Spool, key: str) -> bytes:
        return files.read(key, limit=MAX_BYTES)

    shown = "".join(f" !{pattern}" for pattern in spec.exclude)
    return SpooledSource(f"objects:{wanted.connection}:{wanted.files}{shown}", gather, fetch)


def _credentials(secret: str) -> dict[str, Json]:
    """What an S3-like driver takes, of a key that is written `ID:SECRET`; others find their credentials themselves."""
    name, colon, key = secret.partition(":")
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    found: dict[str, Json] = {"key": name, "secret": key} if colon else {"token": secret} if secret else {}
    return {**found, **({"client_kwargs": {"endpoint_url": endpoint}} if endpoint and found else {})}
