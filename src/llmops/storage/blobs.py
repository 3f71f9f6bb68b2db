"""Where blobs live: in a folder, on anything fsspec reaches, or in the database."""

from pathlib import Path

from llmops.storage.addressed import AddressedBlobs
from llmops.storage.folder_blobs import FolderBlobs
from llmops.storage.object_blobs import FileBlobs


def open_blobs(url: str, *, root: Path) -> AddressedBlobs:
    """Blobs at a URL: a folder (relative ones below root, `file://` too) or what fsspec calls so (`s3://bucket/prefix`).

    Raises:
        SettingsError: fsspec does not know the protocol, or its driver is not installed.
    """
    if url.startswith("file://"):
        url = url.removeprefix("file://")
    if "://" not in url:
        return FolderBlobs(root / url)
    return FileBlobs(url)
