"""Blobs over fsspec: the memory filesystem, S3 as moto serves it where s3fs and moto are installed, and GCS where gcsfs is."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llmops.core.errors import StoreError
from llmops.storage.object_blobs import FileBlobs
from tests.support.children import finish_child, start_child
from tests.support.gcs_server import gcs_server

pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")  # as gcsfs does
FUTURE = datetime.now(UTC) + timedelta(days=1)
PAST = FUTURE - timedelta(days=2)
SERVE = """
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
import sys; sys.stdin.read()
"""
NAME = """
from llmops.storage.addressed import part_name
from llmops.storage.leases import this_process
print(part_name(this_process()))
"""


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """A bucket on a server of moto's."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto.server")
    import fsspec

    server = subprocess.Popen([sys.executable, "-c", SERVE], stdin=-1, stdout=-1, stderr=-3, text=True)
    assert server.stdout is not None
    address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    keys = {"key": "k", "secret": "s", "client_kwargs": {"endpoint_url": address, "region_name": "eu-west-1"}}
    fsspec.config.conf["s3"] = keys
    fsspec.filesystem("s3").mkdir("models")
    yield "s3://models/blobs"
    fsspec.config.conf.pop("s3")
    server.kill()
    server.communicate()


@pytest.fixture(scope="module")
def gs_url() -> Iterator[str]:
    """A bucket on a server of ours."""
    with pytest.MonkeyPatch.context() as patch, gcs_server() as address:
        patch.setenv(
            "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false"
        )  # else it asks Google itself over gRPC; read at import
        pytest.importorskip("gcsfs")
        import fsspec

        fsspec.config.conf["gs"] = fsspec.config.conf["gcs"] = {
            "token": "anon",
            "endpoint_url": address,
            "project": "p",
        }
        yield "gs://models/blobs"
        fsspec.config.conf.pop("gs")
        fsspec.config.conf.pop("gcs")


@pytest.fixture(params=["memory", "s3", "gs"])
def blobs(request: pytest.FixtureRequest) -> FileBlobs:
    """Blobs on a filesystem of fsspec."""
    url = "memory:/" if request.param == "memory" else request.getfixturevalue(f"{request.param}_url")
    return FileBlobs(f"{url}/{uuid.uuid4().hex}")


def everything(blobs: FileBlobs) -> list[str]:
    blobs._filesystem.invalidate_cache()
    return [path.rpartition("/")[2] for path in blobs._filesystem.find(blobs._folder)]


def test_small_and_large_ones_come_back(blobs: FileBlobs, tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(bytes(range(256)) * 40_000)
    large = blobs.put_file(tmp_path / "weights")
    small = blobs.put(b"small")
    assert blobs.put_file(tmp_path / "weights") == large
    pieces = [name for name in everything(blobs) if name.startswith("00000")]
    assert len(pieces) == 2
    assert sorted(everything(blobs)) == sorted([*pieces, "whole.json", small[7:]])
    assert list(blobs) == sorted([large.digest, small])
    blobs.copy_to(large.digest, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "weights").read_bytes()
    assert blobs.get(small) == b"small"
    blobs.remove(small)
    assert small not in blobs


def test_a_failed_upload_leaves_nothing(blobs: FileBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs.put(b"first")
    (tmp_path / "weights").write_bytes(b"weights")

    def fail(source: str, target: str) -> None:
        raise ConnectionResetError("the network is gone")

    monkeypatch.setattr(blobs._filesystem, "mv", fail)
    with pytest.raises(
        StoreError, match=r"a blob could not be written to (memory|s3|gs)://.*: the network is gone"
    ) as told:
        blobs.put_file(tmp_path / "weights")
    assert told.value.hint == "Check [blobs] url."
    assert len(everything(blobs)) == 1


def test_parts_of_writers_that_are_gone_are_swept(blobs: FileBlobs) -> None:
    gone, other = finish_child(start_child(NAME)).strip(), "another-host~7~0123456789ab.part"
    for name in (gone, other):
        blobs._filesystem.pipe_file(f"{blobs._folder}/parts/{name}", b"half")
    assert blobs.sweep(PAST, dry_run=True) == (1, 4)
    assert blobs.sweep(PAST) == (1, 4)
    assert everything(blobs) == [other]
    assert blobs.sweep(FUTURE) == (1, 4)


def test_a_server_that_is_not_there(s3_url: str) -> None:
    import fsspec

    away = {
        "client_kwargs": {"endpoint_url": "http://127.0.0.1:9", "region_name": "eu-west-1"},
        "key": "k",
        "secret": "s",
    }
    known, fsspec.config.conf["s3"] = (
        fsspec.config.conf["s3"],
        away | {"config_kwargs": {"retries": {"max_attempts": 0}}},
    )
    try:
        with pytest.raises(StoreError, match=r"s3://models/blobs cannot be read: .*127\.0\.0\.1"):
            FileBlobs(s3_url).put(b"weights")
    finally:
        fsspec.config.conf["s3"] = known
