"""Objects of stores that fsspec reaches, listed folder by folder, so that a large one is never held."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from llmops.core.errors import OutsideError, SettingsError
from llmops.core.hashing import Json

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_MARKS: Final = ("ETag", "etag", "md5Hash", "content_md5", "md5", "checksum", "generation", "version_id")
_TIMES: Final = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")
_DRIVERS: Final = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}


class ObjectFile(NamedTuple):
    """An object: its path from the root, a token that changes with its content, its size, and when it
    changed (seconds since 1970)."""

    path: str
    token: str
    size: int
    changed_at: float


class ObjectFiles:
    """What lies below a URL (`s3://bucket/prefix`, `memory://docs`, `file:///srv/docs`).

    Args:
        url: where.
        options: what the driver of its protocol takes, such as `key` and `secret`.

    Raises:
        SettingsError: fsspec does not know the protocol, or its driver is not installed.
    """

    def __init__(self, url: str, options: Mapping[str, Json] | None = None) -> None:
        from fsspec.core import url_to_fs

        protocol = url.partition("://")[0]
        try:
            filesystem, root = url_to_fs(url, **(options or {}))
        except ImportError as error:
            driver = _DRIVERS.get(protocol, f"the fsspec driver of {protocol}://")
            raise SettingsError(
                f"{protocol}:// needs {driver}, which is not installed", hint=f"pip install {driver}"
            ) from error
        except ValueError as error:
            raise SettingsError(
                f"fsspec knows no {protocol}://", hint="Write s3://BUCKET/PREFIX or another protocol."
            ) from error
        self._files: AbstractFileSystem = filesystem
        self._root = str(root).rstrip("/")
        self._shown = f"{protocol}://{self._root.lstrip('/')}"

    def listed(self, base: str = "") -> Iterator[ObjectFile]:
        """All objects below a folder, in no order.

        Raises:
            OutsideError: they cannot be listed completely, or there is no such folder.
        """
        start = f"{self._root}/{base}".rstrip("/")
        self._files.invalidate_cache()
        try:
            for _, _, files in self._files.walk(start, detail=True, on_error="raise"):
                for told in files.values():
                    path = str(told["name"])
                    if told.get("type") == "file" and path.startswith(f"{self._root}/"):
                        yield _read(path[len(self._root) + 1 :], told)
        except FileNotFoundError as error:
            raise OutsideError(
                f"there is nothing at {self._shown}/{base}", hint="Correct the connection, or objects.files."
            ) from error
        except (OSError, ValueError) as error:
            raise OutsideError(
                f"{self._shown} cannot be listed: {_reason(error)}",
                hint="Nothing was deleted. Check it, and sync again.",
            ) from error

    def read(self, path: str, *, limit: int) -> bytes:
        """The bytes of an object.

        Raises:
            OutsideError: it cannot be read, or is larger than `limit`.
        """
        try:
            with self._files.open(f"{self._root}/{path}", "rb") as file:
                data: bytes = file.read(limit + 1)
        except (OSError, ValueError) as error:
            raise OutsideError(
                f"{path} cannot be read from {self._shown}: {_reason(error)}", hint="Sync again."
            ) from error
        if len(data) > limit:
            raise OutsideError(f"{path} is larger than {limit >> 20} MB", hint="Split it, or exclude it.")
        return data


def _read(path: str, told: Mapping[str, Json]) -> ObjectFile:
    size = int(told.get("size") or 0)
    mark = next((str(told[name]) for name in _MARKS if told.get(name)), "")
    moment = next((told[name] for name in _TIMES if told.get(name)), None)
    changed_at = _seconds(moment)
    return ObjectFile(path, f"{mark.strip(chr(34)) or moment}:{size}", size, changed_at)


def _seconds(moment: object) -> float:
    if isinstance(moment, datetime):
        return moment.timestamp()
    if isinstance(moment, int | float):
        return float(moment)
    try:
        return datetime.fromisoformat(str(moment).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
