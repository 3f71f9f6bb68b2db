"""Strings come out in order, however few of them memory may hold."""

import errno
import os
import tempfile
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import StoreError
from llmops.index import sorting
from llmops.index.sorting import in_order


@given(st.lists(st.text()), st.integers(1, 9))
def test_they_come_out_as_sorting_them_at_once_would_have_it(values: list[str], run: int) -> None:
    assert list(in_order(iter(values), run)) == sorted(values)


def test_no_file_is_needed_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", None)
    assert list(in_order(["b", "c", "a"], run=4)) == ["a", "b", "c"]


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(part: list[str], file: IO[str]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sorting, "_write", full)
    message = "2 ids cannot be put in order on the disk with temporary files: No space left on device"
    with pytest.raises(StoreError, match=message) as error:
        list(in_order(["b", "a"], run=2))
    assert error.value.hint == "Make room there, or set TMPDIR to another one."
