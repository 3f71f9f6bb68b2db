"""What an export looks like inside: the files it may have, and the manifest that lists them with their digests.

Nothing but these paths is ever written or read, so that no name in an archive can point anywhere else.

llmops-export.json              the manifest
versions/KIND/NAME@NUMBER.json  a version: content, digest, origin, time
blobs/HEX                       the cases of a dataset or a file of a model, named by the SHA-256 of its bytes
aliases.json                    where aliases stood; information, an import moves none
history.jsonl                   the history of aliases: the hashed rows, as canonical JSON
runs/ID.json                    a run with its report (evidence)
runs/ID.results.jsonl           its case results
runs/ID.labels.json             what people said about its outputs, and which were drawn for that
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from llmops.core.errors import InvalidRef
from llmops.core.hashing import PREFIX
from llmops.core.names import KINDS, Kind, check_name
from llmops.domain.noun import Noun

FORMAT: Final = "llmops-export/1"
MANIFEST: Final = "llmops-export.json"
ALIASES: Final = "aliases.json"
HISTORY: Final = "history.jsonl"

PathKind = Literal["version", "blob", "aliases", "history", "run", "results", "labels"]

_VERSION: Final = re.compile(r"versions/([a-z]+)/([^@]+)@([1-9][0-9]{0,8})\.json")
_BLOB: Final = re.compile(r"blobs/([0-9a-f]{64})")
_RUN: Final = re.compile(r"runs/([A-Za-z0-9][A-Za-z0-9_-]{0,99})(\.results\.jsonl|\.labels\.json|\.json)")
_OF_RUN: Final[dict[str, PathKind]] = {".json": "run", ".results.jsonl": "results", ".labels.json": "labels"}


class ListedFile(Noun):
    """A file of an export: the SHA-256 of its bytes, and how many they are."""

    digest: str
    size: int = Field(ge=0)


class HistoryNote(Noun):
    """Rows of the history that came along, the hash of the last one, and whether they are the whole chain from its start."""

    rows: int = 0
    head: str = ""
    whole: bool = False


class Position(Noun):
    """Where an alias stood, since when, and the version that it tried out, if any."""

    kind: Kind
    name: str
    alias: str
    number: int
    digest: str
    since: datetime
    candidate: int | None = None


class Manifest(Noun):
    """What was asked for, and every file of the export but this one."""

    format: Literal["llmops-export/1"] = FORMAT
    refs: tuple[str, ...] = ()
    at: datetime | None = None
    evidence: bool = False
    history: HistoryNote = HistoryNote()
    files: dict[str, ListedFile]


@dataclass(frozen=True, slots=True)
class ListedPath:
    """A path of an export, read: of a version its kind, name and number; else the id or digest in `name`."""

    what: PathKind
    kind: Kind | None = None
    name: str = ""
    number: int = 0


def version_path(kind: str, name: str, number: int) -> str:
    """Where a version stands."""
    return f"versions/{kind}/{name}@{number}.json"


def blob_path(digest: str) -> str:
    """Where a blob stands."""
    return f"blobs/{digest.removeprefix(PREFIX)}"


def run_path(run_id: str) -> str:
    """Where a run stands."""
    return f"runs/{run_id}.json"


def results_path(run_id: str) -> str:
    """Where the case results of a run stand."""
    return f"runs/{run_id}.results.jsonl"


def labels_path(run_id: str) -> str:
    """Where people's labels of a run stand."""
    return f"runs/{run_id}.labels.json"


def read_path(path: str) -> ListedPath | None:
    """What a path of an export means; None for every path that llmops does not write."""
    if path == ALIASES:
        return ListedPath("aliases")
    if path == HISTORY:
        return ListedPath("history")
    if found := _BLOB.fullmatch(path):
        return ListedPath("blob", name=PREFIX + found[1])
    if found := _RUN.fullmatch(path):
        return ListedPath(_OF_RUN[found[2]], name=found[1])
    found = _VERSION.fullmatch(path)
    kind = next((kind for kind in KINDS if found and found[1] == kind), None)
    if found is None or kind is None:
        return None
    try:
        return ListedPath("version", kind, check_name(found[2]), int(found[3]))
    except InvalidRef:
        return None
