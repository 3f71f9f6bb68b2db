"""Documents that a function yields."""

from pathlib import Path

import pytest

from llmops.core.errors import InputError, LlmopsError, NotFound, OutsideError
from llmops.domain.corpus import SourceSpec
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.surroundings import Surroundings

MODULE = """
from datetime import datetime, UTC

def documents():
    yield {"id": 2, "text": "two", "metadata": {"tenant": "x"}, "format": "md", "changed_at": datetime(2026, 1, 1, tzinfo=UTC)}
    yield {"id": "1", "text": b"one", "version": 7}

def breaks_off():
    yield {"id": 1, "text": "one"}
    raise RuntimeError("boom")

def no_mapping(): return ["one"]
def no_id(): return [{"text": "one"}]
def wrong_key(): return [{"id": 1, "text": "one", "txt": 1}]
def no_text(): return [{"id": 1, "text": 5}]
def wrong_metadata(): return [{"id": 1, "text": "a", "metadata": [1]}]
def gives_text(): return "one"
async def later(): return []
constant = 5
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder with a module."""
    (tmp_path / f"shelf_{tmp_path.name}.py").write_text(MODULE)
    return tmp_path


def opened(root: Path, function: str, **metadata: str):  # type: ignore[no-untyped-def]
    spec = SourceSpec(python=f"shelf_{root.name}:{function}", metadata=metadata or None)
    (source,) = open_sources([spec], Surroundings(root))
    return source


def test_documents_are_listed_with_all_that_is_known_of_them(workspace: Path) -> None:
    source = opened(workspace, "documents", lang="en")
    first, second = source.items()
    assert (first.key, first.token[:2], dict(first.metadata), source.read("1")) == ("1", "7|", {"lang": "en"}, b"one")
    assert (second.key, second.format, second.changed_at, source.read("2")) == ("2", "md", 1767225600.0, b"two")
    assert second.metadata == {"tenant": "x", "lang": "en"}
    assert [item.token for item in opened(workspace, "documents", lang="en").items()] == [first.token, second.token]


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        ("breaks_off", OutsideError, "failed: RuntimeError: boom"),
        ("no_mapping", InputError, "document 1 is no mapping"),
        ("no_id", InputError, "document 1 has no 'id'"),
        ("wrong_key", InputError, "unknown key 'txt'\nDid you mean 'text'"),
        ("no_text", InputError, "text is int"),
        ("wrong_metadata", InputError, "metadata is no mapping"),
        ("gives_text", InputError, "gave str, not an iterable of documents"),
        ("constant", InputError, "is no function"),
        ("nothing", NotFound, "has no 'nothing'"),
    ],
)
def test_what_is_wrong_with_a_function_is_said(
    workspace: Path, function: str, error: type[LlmopsError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        list(opened(workspace, function).items())
    assert caught.value.hint
