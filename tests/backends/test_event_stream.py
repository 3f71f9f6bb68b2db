"""Server-sent events, however their bytes are cut."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.backends.event_stream import read_events


class Pieces:
    """A stream that comes in these pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    async def iter_any(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def read(*pieces: bytes) -> list[str]:
    async def all_of_them() -> list[str]:
        return [text async for text in read_events(Pieces(*pieces))]

    return asyncio.run(all_of_them())


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data:a\r\n\r\ndata:  b\r\n\r\n", ["a", " b"]),
        (b"data: a\rdata: b\r\r", ["a\nb"]),
        (b": ping\nevent: x\nid: 3\nretry: 5\ndata: a\n\n", ["a"]),
        (b"data: a\n\ndata: [DONE]\n\ndata: after\n\n", ["a"]),
        (b"data: a\n\ndata: unfinished", ["a", "unfinished"]),
        (b"\n\n\n", []),
        ("data: süß\n\n".encode(), ["süß"]),
        (b"", []),
    ],
)
def test_the_data_of_each_event(stream: bytes, events: list[str]) -> None:
    assert read(stream) == events


@given(st.sets(st.integers(1, 60)), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_where_the_bytes_are_cut_changes_nothing(cuts: set[int], end: bytes) -> None:
    stream = "data: süß\nevent: x\ndata: b\n\n: ping\n\ndata: {}\n\ndata: last\n\n".encode().replace(b"\n", end)
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(places)]
    assert read(*pieces) == ["süß\nb", "{}", "last"]
