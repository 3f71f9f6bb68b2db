"""Files of models on this machine."""

from pathlib import Path

import pytest

from llmops.core.errors import StoreError
from llmops.domain.model import ModelFile
from llmops.flows.models.cache import ModelCache
from llmops.storage.folder_blobs import FolderBlobs

DIGEST = "sha256:" + "ab" * 32


def files(blobs: FolderBlobs) -> list[ModelFile]:
    data = {"model.bin": b"weights", "tokens/vocabulary.txt": b"a b c"}
    return [ModelFile(path=name, digest=blobs.put(d), size=len(d), format="plain") for name, d in data.items()]


def test_files_are_copied_once_and_again_when_somebody_changed_them(tmp_path: Path) -> None:
    blobs, cache = FolderBlobs(tmp_path / "blobs"), ModelCache(tmp_path / "state")
    wanted = files(blobs)
    folder = cache.fetch(blobs, DIGEST, wanted)
    vocabulary = folder / "tokens" / "vocabulary.txt"
    assert vocabulary.read_bytes() == b"a b c"
    assert vocabulary.stat().st_mode & 0o777 == 0o444
    for file in wanted:
        blobs.remove(file.digest)
    assert cache.fetch(blobs, DIGEST, wanted) == folder  # nothing is read from where there is nothing any more
    wanted = files(blobs)
    vocabulary.chmod(0o644)
    vocabulary.write_bytes(b"x y z")
    cache.fetch(blobs, DIGEST, wanted)
    assert vocabulary.read_bytes() == b"a b c"
    (folder / "model.bin").unlink()
    cache.fetch(blobs, DIGEST, wanted)
    assert (folder / "model.bin").read_bytes() == b"weights"


def test_nothing_that_is_damaged_comes_into_the_cache(tmp_path: Path) -> None:
    blobs, cache = FolderBlobs(tmp_path / "blobs"), ModelCache(tmp_path / "state")
    wanted = files(blobs)
    hexes = wanted[1].digest[7:]
    (tmp_path / "blobs" / "sha256" / hexes[:2] / hexes).write_bytes(b"a b d")
    with pytest.raises(StoreError, match="is damaged"):
        cache.fetch(blobs, DIGEST, wanted)
    assert not (cache.place(DIGEST) / "tokens" / "vocabulary.txt").exists()


def test_what_was_verified_may_be_forgotten(tmp_path: Path) -> None:
    blobs, cache = FolderBlobs(tmp_path / "blobs"), ModelCache(tmp_path / "state")
    wanted = files(blobs)
    folder = cache.fetch(blobs, DIGEST, wanted)
    (folder / ".verified.json").write_text("[torn")
    assert cache.fetch(blobs, DIGEST, wanted) == folder
