"""Folder locks: many readers or one writer between processes, shared within one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from llmops.backends.folder_lock import FolderLock
from llmops.core.errors import VectorStoreError


@contextmanager
def another_process(folder: Path, how: str) -> Iterator[None]:
    code = f"""
import sys
from pathlib import Path
from llmops.backends.folder_lock import FolderLock
FolderLock(Path({str(folder)!r})).{how}()
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.communicate()


def test_readers_of_two_processes_do_not_mind_each_other(tmp_path: Path) -> None:
    with another_process(tmp_path, "read"):
        lock = FolderLock(tmp_path, 0)
        lock.read()
        with pytest.raises(VectorStoreError, match=r'(?s)another process is using .*kind = "exact"'):
            lock.write()
        lock.read()
        lock.release()


def test_a_writer_keeps_all_out_until_its_process_ends(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, 0)
    with another_process(tmp_path, "write"):
        with pytest.raises(VectorStoreError, match="another process is writing to the vectors in"):
            lock.read()
        with pytest.raises(VectorStoreError, match="another process is using the vectors in"):
            lock.write()
    lock.write()
    lock.release()


def test_a_failed_attempt_to_write_keeps_the_reading(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, 0)
    lock.read()
    with another_process(tmp_path, "read"), pytest.raises(VectorStoreError, match="is using"):
        lock.write()
    code = "import sys; from pathlib import Path; from llmops.backends.folder_lock import FolderLock\n"
    code += f"FolderLock(Path({str(tmp_path)!r}), 0).write()"
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "is using the vectors" in run.stderr
    lock.release()


def test_within_a_process_locks_are_shared_and_the_last_one_gives_it_up(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path, 0), FolderLock(tmp_path, 0)
    first.read()
    second.read()
    second.write()
    first.write()
    first.release()
    first.release()
    second.release()
    with another_process(tmp_path, "write"):
        pass


def test_a_writer_that_goes_leaves_readers_reading(tmp_path: Path) -> None:
    reader, writer = FolderLock(tmp_path, 0), FolderLock(tmp_path, 0)
    reader.read()
    writer.write()
    writer.release()
    with another_process(tmp_path, "read"):
        pass
    reader.release()
