"""Archives that somebody else made."""

import gzip
import io
import tarfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.errors import InvalidFile, LlmopsError
from llmops.registry.exchange.unpacking import Caps, unpack
from tests.support.exports import entry, files_of, write_tar


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "no-ending-at-all.gz"])
def test_plain_files_are_unpacked(tmp_path: Path, name: str) -> None:
    packed = write_tar(
        tmp_path / name, (entry("./a", tarfile.DIRTYPE), b""), (entry("./a/b.json"), b"one"), (entry("c"), b"two")
    )
    (tmp_path / "out").mkdir()
    unpack(packed, tmp_path / "out")
    assert files_of(tmp_path / "out") == {"a/b.json": b"one", "c": b"two"}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (entry("../outside"), "this name leaves the folder"),
        (entry("a/../../outside"), "this name leaves the folder"),
        (entry("/etc/outside"), "this name leaves the folder"),
        (entry("a//outside"), "this name leaves the folder"),
        (entry("a/./outside"), "this name leaves the folder"),
        (entry("..", tarfile.DIRTYPE), "this name leaves the folder"),
        (entry("%2e%2e/outside"), "this name is refused"),
        (entry("..\\outside"), "this name is refused"),
        (entry("C:outside"), "this name is refused"),
        (entry("a\x1b[31mb"), "this name is refused"),
        (entry("a\u202eb"), "this name is refused"),
        (entry("link", tarfile.SYMTYPE, "/etc/passwd"), "links are refused"),
        (entry("link", tarfile.LNKTYPE, "good"), "links are refused"),
        (entry("device", tarfile.CHRTYPE), "this is no plain file"),
        (entry("block", tarfile.BLKTYPE), "this is no plain file"),
        (entry("fifo", tarfile.FIFOTYPE), "this is no plain file"),
        (entry("good"), "this name stands in the archive twice"),
        (entry("GOOD"), "this name stands in the archive twice"),
    ],
)
def test_hostile_entries_are_refused_by_name(tmp_path: Path, bad: tarfile.TarInfo, message: str) -> None:
    packed = write_tar(tmp_path / "x.tar", (entry("good"), b"data"), (bad, b""))
    (tmp_path / "in" / "out").mkdir(parents=True)
    with pytest.raises(InvalidFile, match=message) as caught:
        unpack(packed, tmp_path / "in" / "out")
    assert "\x1b" not in str(caught.value)
    assert {path.name for path in tmp_path.rglob("*")} <= {"x.tar", "in", "out", "good"}


def test_a_nul_in_a_name_is_refused(tmp_path: Path) -> None:
    bad = entry("x" * 120)
    bad.pax_headers = {"path": "good\x00/../../outside"}
    packed = write_tar(tmp_path / "x.tar", (bad, b"data"))
    (tmp_path / "out").mkdir()
    with pytest.raises(InvalidFile, match=r"this name|no whole tar"):
        unpack(packed, tmp_path / "out")


@pytest.mark.parametrize(
    ("caps", "message"),
    [
        (Caps(files=1), "b: the archive holds too much"),
        (Caps(bytes=15_000), "b: the archive holds too much|unpacks to more than"),
        (Caps(file_bytes=9_999), "a: this file is too large"),
        (Caps(ratio=2, ratio_from=1000), "it unpacks to more than"),
    ],
)
def test_what_is_too_much_is_refused(tmp_path: Path, caps: Caps, message: str) -> None:
    packed = write_tar(tmp_path / "x.tar.gz", (entry("a"), bytes(10_000)), (entry("b"), bytes(10_000)))
    (tmp_path / "out").mkdir()
    with pytest.raises(InvalidFile, match=message):
        unpack(packed, tmp_path / "out", caps)


def test_a_bomb_is_stopped_before_it_fills_anything(tmp_path: Path) -> None:
    header = entry("zeros")
    header.size = 1 << 30
    with gzip.open(tmp_path / "x.tar.gz", "wb") as file:
        file.write(header.tobuf())
        for _ in range(70):
            file.write(bytes(1 << 20))
    (tmp_path / "out").mkdir()
    with pytest.raises(InvalidFile, match="it unpacks to more than 67,108,864 bytes"):
        unpack(tmp_path / "x.tar.gz", tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_huge_header_is_refused_unread(tmp_path: Path, kind: bytes) -> None:
    header = entry("header", kind)
    header.size = 1 << 33
    (tmp_path / "x.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(10_240))
    (tmp_path / "out").mkdir()
    with pytest.raises(InvalidFile, match="a header of 8,589,934,592 bytes"):
        unpack(tmp_path / "x.tar", tmp_path / "out")


def test_a_size_that_is_not_there_is_refused(tmp_path: Path) -> None:
    header = entry("short")
    header.size = 5000
    (tmp_path / "x.tar").write_bytes(header.tobuf() + b"only this")
    (tmp_path / "out").mkdir()
    with pytest.raises(InvalidFile, match="this is no whole tar archive"):
        unpack(tmp_path / "x.tar", tmp_path / "out")


def test_a_file_with_holes_is_refused(tmp_path: Path) -> None:
    header = entry("sparse")
    header.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}
    packed = write_tar(tmp_path / "x.tar", (header, b"1\n0\n5\n" + bytes(506) + b"holes"))
    (tmp_path / "out").mkdir()
    with pytest.raises(InvalidFile, match=r"sparse: (files with holes are refused|this file is too large)"):
        unpack(packed, tmp_path / "out")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000), st.integers(0, 3000), st.booleans())
def test_damage_is_told_and_nothing_leaves_the_folder(noise: bytes, at: int, zipped: bool) -> None:
    with TemporaryDirectory() as temporary:
        root = Path(temporary)
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz" if zipped else "w") as archive:
            one = entry("a/b")
            one.size = 3
            archive.addfile(one, io.BytesIO(b"one"))
        data = bytearray(stream.getvalue())
        at %= len(data)
        data[at : at + len(noise)] = noise
        (root / "x.tar").write_bytes(data)
        (root / "in" / "out").mkdir(parents=True)
        with suppress(LlmopsError):
            unpack(root / "x.tar", root / "in" / "out")
        assert {path.name for path in root.iterdir()} == {"x.tar", "in"}
        assert {path.name for path in (root / "in").iterdir()} == {"out"}
