"""What apps were asked and answered, what people said of it, and the words and marks that it is found by.

`interactions` is narrow, so that lists read little; the texts are in `interaction_bodies`. A row goes with its body, its feedback
and, by triggers on SQLite, with what the index has of it.
"""

from typing import Final

from sqlalchemy import DDL, Column, Double, ForeignKey, Index, Integer, Table, Text, event

from llmops.storage.tables.corpus import SERIAL
from llmops.storage.tables.lexical import TextSearchVector
from llmops.storage.tables.metadata import METADATA, Instant

INTERACTIONS = Table(
    "interactions",
    METADATA,
    Column("seq", SERIAL, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("at", Instant, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("finish_reason", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("user_hash", Text, nullable=False, index=True),
    Column("session_hash", Text, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("cost", Double),
    Column("latency", Double, nullable=False),
    Column("first_token", Double),
    Column("score", Double, index=True),
    Column("refs", Text, nullable=False),
    Column("metadata", Text, nullable=False),
)

INTERACTION_BODIES = Table(
    "interaction_bodies",
    METADATA,
    Column("seq", SERIAL, ForeignKey("interactions.seq", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("inputs", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("contexts", Text, nullable=False),
    Column("verdicts", Text, nullable=False),
    Column("words", Text().with_variant(TextSearchVector(), "postgresql"), nullable=False),
)
Index("ix_interaction_bodies_words", INTERACTION_BODIES.c.words, postgresql_using="gin").ddl_if(dialect="postgresql")

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("interaction_id", Text, ForeignKey("interactions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("score", Double),
    Column("correction", Text),
    Column("comment", Text, nullable=False),
)

LOG_LOSSES = Table(
    "log_losses",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

LOG_SALT = Table(
    "log_salt",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("salt", Text, nullable=False),
)

FTS5: Final = (
    "CREATE VIRTUAL TABLE interaction_words USING fts5"
    "(words, content='interaction_bodies', content_rowid='seq', tokenize='ascii', detail='none')",
    "CREATE TRIGGER interaction_bodies_inserted AFTER INSERT ON interaction_bodies BEGIN "
    "INSERT INTO interaction_words (rowid, words) VALUES (new.seq, new.words); END",
    "CREATE TRIGGER interaction_bodies_deleted AFTER DELETE ON interaction_bodies BEGIN "
    "INSERT INTO interaction_words (interaction_words, rowid, words) VALUES ('delete', old.seq, old.words); END",
)
for _statement in FTS5:
    event.listen(INTERACTION_BODIES, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]
event.listen(
    INTERACTION_BODIES,
    "before_drop",
    DDL("DROP TABLE interaction_words").execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call]
)
