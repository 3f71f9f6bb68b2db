"""What refs stood for when the store last said so, kept on disk for the time when it does not answer.

One file a ref, with the versions in it by digest. It is written beside its place and renamed into it, so that a reader finds
the old one or the new one, whoever is killed and however many processes write; and everything in it is hashed again when it
is read, so that a damaged file is none. It is a copy: it can be thrown away at any time.
"""

import contextlib
import json
import logging
import os
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from llmops.core.errors import LlmopsError
from llmops.core.hashing import PREFIX, Json, canonical_json, digest
from llmops.core.names import Ref, parse_ref
from llmops.domain.artifact import Candidate
from llmops.domain.snapshot import Snapshot
from llmops.flows.serving.standing import Standing, Trial
from llmops.registry.bundles import Bundle, Resolved, gather

FOLDER: Final = "last-known-good"
FORMAT: Final = 1

_LOG = logging.getLogger("llmops.serving")
_PART: Final = ".part"
_STALE_SECONDS: Final = 3600  # what a killed writer left is removed after an hour
_UNSAFE: Final = re.compile(r"[^a-z0-9_.-]+")


class LastKnownGood:
    """The files of one store's refs, below the state folder of a workspace. Threads and processes may share them.

    Args:
        state: the state folder, `.llmops`.
        store: which store it is; another store has other files.
    """

    def __init__(self, state: Path, store: str) -> None:
        self.folder = state / FOLDER / _hexdigits(digest("store", store))
        self._has_complained = False

    def keep(self, standing: Standing) -> None:
        """Write down what a ref stands for, if that changed. A folder that cannot be written is a warning, once."""
        path = self.path(standing.ref)
        data = canonical_json(_sealed(standing))
        try:
            if not (path.is_file() and path.read_bytes() == data):
                _write(path, data)
        except OSError as error:
            if not self._has_complained:
                _LOG.warning("%s cannot be kept for an outage of the store: %s", standing.ref, error)
            self._has_complained = True

    def recall(self, ref: Ref) -> Standing | None:
        """What a ref stood for; None where nothing was kept, or what was kept is damaged, which is a warning."""
        path = self.path(ref)
        try:
            return _read(json.loads(path.read_bytes()), ref)
        except FileNotFoundError:
            return None
        except (LlmopsError, OSError, ValueError, LookupError, TypeError) as error:
            _LOG.warning("what was kept of %s in %s cannot be used: %s", ref, path, error)
            return None

    def path(self, ref: Ref) -> Path:
        """Where a ref is kept: readable, and one file a ref also where capitals do not count."""
        shown = _UNSAFE.sub("_", f"{ref.name}@{ref.selector or ''}".lower())[:80]
        return self.folder / ref.kind / f"{shown}.{_hexdigits(digest('ref', str(ref)))}.json"


def _sealed(standing: Standing) -> dict[str, Json]:
    versions = {part.digest: part for bundle in standing.bundles.values() for part in bundle}
    body: dict[str, Json] = {
        "format": FORMAT,
        "ref": str(standing.ref),
        "holds": standing.bundle.main.digest,
        "candidate": standing.trial.candidate.model_dump(mode="json") if standing.trial else None,
        "versions": [
            {
                "kind": part.kind,
                "name": part.name,
                "number": part.number,
                "digest": part.digest,
                "content": part.content,
            }
            for part in versions.values()
        ],
    }
    pinned = {digest: bundle.snapshot for digest, bundle in standing.bundles.items() if bundle.snapshot is not None}
    if pinned:
        body["snapshots"] = {digest: snapshot.model_dump() for digest, snapshot in pinned.items()}
    return {**body, "seal": digest(FOLDER, body)}


def _read(written: Json, ref: Ref) -> Standing:
    """Check everything and put it together again; ValueError says what is wrong."""
    if not isinstance(written, dict) or written.get("format") != FORMAT:
        raise ValueError("it is of another format")
    seal = written.pop("seal", None)
    if seal != digest(FOLDER, written) or written["ref"] != str(ref):
        raise ValueError("its seal is broken")
    versions = {}
    for fields in written["versions"]:
        found = Resolved(parse_ref(f"{fields['name']}@{fields['digest']}", fields["kind"]), **fields)
        if not found.is_sound:
            raise ValueError(f"the content of {found.kind}/{found.name} is not what its digest says")
        versions[found.digest] = found
    trial = None
    if written["candidate"] is not None:
        candidate = Candidate.model_validate(written["candidate"])
        trial = Trial(candidate, _bundle(versions, candidate.digest, written))
    return Standing(ref, _bundle(versions, written["holds"], written), trial)


def _bundle(versions: dict[str, Resolved], wanted: str, written: dict[str, Json]) -> Bundle:
    """A version with what it pins."""
    found = gather(versions[wanted], lambda ref: versions[str(ref.selector)])
    snapshot = written.get("snapshots", {}).get(wanted)
    return found if snapshot is None else replace(found, snapshot=Snapshot.model_validate(snapshot))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{path.name}.*{_PART}"):
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink()
    beside = path.with_name(f"{path.name}.{os.urandom(6).hex()}{_PART}")
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _hexdigits(tagged: str) -> str:
    return tagged.removeprefix(PREFIX)[:16]
