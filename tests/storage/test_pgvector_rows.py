"""Rows in PostgreSQL's own format say what was to be said; that PostgreSQL reads them, tests of the store show."""

import struct

import numpy as np

from llmops.domain.vector_batches import last_of_each
from llmops.storage.pgvector_rows import read_vector, text_of, written


def test_a_row_is_three_sized_values() -> None:
    batch = last_of_each(["ä"], np.array([[0.5, -2.0]], dtype=np.float32), [{"tenant": "x", "n": 1}], 2)
    header, row, end = written(batch)
    assert header.startswith(b"PGCOPY\n\xff\r\n\0")
    assert end == b"\xff\xff"
    assert row[:8] == struct.pack(">hi", 3, 2) + "ä".encode()
    assert b'["n",1]' in row
    assert row.endswith(struct.pack(">ihhff", 12, 2, 0, 0.5, -2.0))


def test_no_tokens_are_an_empty_list() -> None:
    _, row, _ = written(last_of_each(["a"], np.ones((1, 1), dtype=np.float32), None, 1))
    assert struct.pack(">i", 12) + struct.pack(">iii", 0, 0, 25) in row


def test_a_vector_comes_back_to_the_last_bit() -> None:
    vector = np.array([0.1, -1e-30, 3.4e38, 0.0], dtype=np.float32)
    sent = struct.pack(">hh", 4, 0) + vector.astype(">f4").tobytes()
    assert read_vector(sent).dtype == np.float32
    np.testing.assert_array_equal(read_vector(sent), vector)
    np.testing.assert_array_equal(np.array(eval(text_of(vector)), dtype=np.float32), vector)  # noqa: S307  # our own text
