"""The files of models in an export: that each is there, and is what its version says."""

from llmops.core.errors import InvalidFile
from llmops.domain.artifact import Version
from llmops.domain.model import blobs_of
from llmops.registry.exchange.archive import Archive
from llmops.registry.exchange.layout import blob_path
from llmops.registry.exchange.records import CHANGED


def check_model(archive: Archive, version: Version) -> set[str]:
    """The paths of a model's files.

    Raises:
        InvalidFile: one is missing, or has other bytes.
    """
    places = set()
    for digest, size in blobs_of(version).items():
        place = blob_path(digest)
        listed = archive.manifest.files.get(place)
        if listed is None:
            raise InvalidFile(archive.name(place), "this blob is missing", hint=CHANGED)
        if listed.digest != digest or listed.size != size:
            raise InvalidFile(
                archive.name(place), f"this is no file of model/{version.name}@{version.number}", hint=CHANGED
            )
        for _ in archive.blocks(place):
            continue
        places.add(place)
    return places
