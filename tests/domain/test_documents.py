"""Documents as sources list them."""

import pytest

from llmops.domain import ports
from llmops.domain.documents import Parser, Source, SourceItem


def test_an_item_without_metadata_shares_one_that_cannot_be_written() -> None:
    first, second = SourceItem("a", "1", 1, 0.0), SourceItem("b", "1", 1, 0.0)
    assert first.metadata is second.metadata
    with pytest.raises(TypeError, match="does not support item assignment"):
        first.metadata["tenant"] = "x"  # type: ignore[index]


def test_both_sides_import_it_from_ports() -> None:
    assert (ports.Source, ports.SourceItem, ports.Parser) == (Source, SourceItem, Parser)
