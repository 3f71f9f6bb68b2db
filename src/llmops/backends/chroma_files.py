"""Look at Chroma's files before its native code does.

A torn HNSW file takes the whole process down (a cut header), is filled up to a terabyte, or answers without a third of its
vectors while every count is right. Its sizes give all of that away, and cost a few reads.
"""

import struct
from pathlib import Path
from typing import Final

_HEADER: Final = struct.Struct("<iQQQQQQiIQQQdQ")  # as hnswlib writes it
_SQLITE: Final = b"SQLite format 3\x00"


def find_damage(folder: Path) -> str:
    """Say which file of a collection is torn; empty if none looks so.

    Raises:
        OSError: a file cannot be read.
    """
    database = folder / "chroma.sqlite3"
    if not database.exists():
        return ""
    if found := _torn_database(database):
        return found
    for header in sorted(folder.glob("*/header.bin")):
        if found := _torn_segment(header):
            return found
    for segment in sorted(folder.glob("*/data_level0.bin")):
        if not segment.with_name("header.bin").exists():
            return f"{segment.parent.name} has no header.bin"
    return ""


def _torn_database(database: Path) -> str:
    with database.open("rb") as file:
        start = file.read(100)
    if len(start) < 100 or not start.startswith(_SQLITE):
        return f"{database.name} is no database"
    page = int.from_bytes(start[16:18], "big")
    size = (65536 if page == 1 else page) * int.from_bytes(start[28:32], "big")
    held = database.stat().st_size
    return f"{database.name} has {held} of {size} bytes" if held < size else ""


def _torn_segment(header: Path) -> str:
    data = header.read_bytes()
    if len(data) != _HEADER.size:
        return f"header.bin has {len(data)} of {_HEADER.size} bytes"
    _, _, most, held, row, label, *_ = _HEADER.unpack(data)
    if held > most or label + 8 != row:
        return f"header.bin says {held} of at most {most} vectors of {row} bytes"
    for name, size in (("data_level0.bin", held * row), ("length.bin", held * 4)):
        path = header.with_name(name)
        there = path.stat().st_size if path.exists() else 0
        if there < size:
            return f"{name} has {there} of {size} bytes"
    links = header.with_name("link_lists.bin")
    if (links.stat().st_size if links.exists() else 0) < held * 4:
        return f"link_lists.bin is too short for {held} vectors"
    names = header.with_name("index_metadata.pickle")
    if held and not (names.exists() and _ends_with_stop(names)):
        return f"{names.name} is cut off"
    return ""


def _ends_with_stop(path: Path) -> bool:
    """Whether the last byte is the one that ends every file of this format; it is never loaded here."""
    with path.open("rb") as file:
        file.seek(0, 2)
        if not file.tell():
            return False
        file.seek(-1, 2)
        return file.read(1) == b"."
