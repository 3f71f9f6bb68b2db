"""What is embedded before the text of a chunk."""

import pytest

from llmops.backends.hashed import HashEmbedder
from llmops.core.errors import InputError
from llmops.domain.corpus import ChunkingSpec
from llmops.index.chunking.headers import check_sizes, open_header
from tests.support.hand_embedder import HandEmbedder

PATH = {"headings": ["Guide", "How  to\ninstall"]}


def test_headings_stand_in_order_on_one_line() -> None:
    header = open_header(ChunkingSpec(context="headings"), HashEmbedder())
    assert header(PATH, "Manual") == "Guide > How to install\n\n"
    assert header({}, "Manual") == "Manual\n\n"
    assert header({}, "") == ""


def test_the_title_alone() -> None:
    assert open_header(ChunkingSpec(context="title"), HashEmbedder())(PATH, "Manual") == "Manual\n\n"


def test_nothing_without_being_asked() -> None:
    assert open_header(ChunkingSpec(), HashEmbedder())(PATH, "Manual") == ""


def test_what_is_too_long_loses_its_beginning() -> None:
    header = open_header(ChunkingSpec(context="headings"), HashEmbedder())
    assert header({"headings": ["word " * 60, "Deep"]}, "") == f"{'word ' * 59}word > Deep\n\n"
    assert header({"headings": ["word " * 63, "Deep"]}, "") == "Deep\n\n"
    assert header({"headings": ["word " * 65]}, "") == ""


def test_sizes_that_leave_no_room_are_refused() -> None:
    model = HandEmbedder({})
    check_sizes(ChunkingSpec(size=8, overlap=0), "hand", model)
    with pytest.raises(InputError, match="size is 9, but hand reads only the first 8 tokens") as caught:
        check_sizes(ChunkingSpec(size=9, overlap=0), "hand", model)
    assert caught.value.hint == "Set chunking.size to at most 8."
    close = ChunkingSpec(size=8180, overlap=0, context="title")
    with pytest.raises(InputError, match=r"no room is left for the header that chunking\.context: title") as caught:
        check_sizes(close, "offline/hash", HashEmbedder())
    assert caught.value.hint == "Set chunking.size to at most 8176."
