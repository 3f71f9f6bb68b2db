"""The words of texts, for full-text search: on SQLite as text with an FTS5 index beside it, on PostgreSQL as a `tsvector`.

A row goes with its text, and with a row what the index has of it: triggers on SQLite do that, whoever deletes the text.
"""

from typing import Final

from sqlalchemy import DDL, Column, ForeignKey, Index, Table, Text, event
from sqlalchemy.types import TypeEngine

from llmops.storage.tables.corpus import SERIAL
from llmops.storage.tables.metadata import METADATA


class TextSearchVector(TypeEngine[str]):
    """PostgreSQL's own type, without importing its dialect where SQLite is spoken."""

    __visit_name__ = "TSVECTOR"


LEXICAL = Table(
    "lexical",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("text_hash", Text, ForeignKey("texts.hash", ondelete="CASCADE"), nullable=False, unique=True),
    Column("words", Text().with_variant(TextSearchVector(), "postgresql"), nullable=False),
)
Index("ix_lexical_words", LEXICAL.c.words, postgresql_using="gin").ddl_if(dialect="postgresql")

# What is between two spaces is a word: `ascii` splits at nothing else that `text.words` leaves in one.
FTS5: Final = (
    "CREATE VIRTUAL TABLE lexical_words USING fts5(words, content='lexical', content_rowid='id', tokenize='ascii')",
    "CREATE TRIGGER lexical_inserted AFTER INSERT ON lexical BEGIN "
    "INSERT INTO lexical_words (rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER lexical_deleted AFTER DELETE ON lexical BEGIN "
    "INSERT INTO lexical_words (lexical_words, rowid, words) VALUES ('delete', old.id, old.words); END",
)
for _statement in FTS5:
    event.listen(LEXICAL, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]
event.listen(LEXICAL, "before_drop", DDL("DROP TABLE lexical_words").execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]
