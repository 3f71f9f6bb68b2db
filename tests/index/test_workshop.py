"""What writes an index may be shown in a log or a traceback."""

from pathlib import Path

from llmops.core.settings import Connection
from llmops.index.workshop import Workshop
from tests.support.indexes import Library


def test_how_to_reach_a_source_is_not_shown(library: Library, tmp_path: Path) -> None:
    secret = Connection(url="postgresql+psycopg://me:secret@127.0.0.1/crm")
    shop = Workshop(library.store, library.place, lambda: library.embedder, library.clock, connections={"crm": secret})
    assert "secret" not in repr(shop)
    assert shop.connections["crm"].url == secret.url
