"""Interactions, what people say of them, and what they are found by."""


def create() -> None:
    """Create the tables."""
    import sqlalchemy as sa
    from alembic import op
    from sqlalchemy.dialects.postgresql import TSVECTOR

    on_sqlite = op.get_bind().dialect.name == "sqlite"
    serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    texts = ("source", "app", "version", "model", "fingerprint", "action", "finish_reason", "error")
    op.create_table(
        "interactions",
        sa.Column("seq", serial, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in (*texts, "user_hash", "session_hash")),
        sa.Column("prompt_tokens", sa.Integer, nullable=False),
        sa.Column("completion_tokens", sa.Integer, nullable=False),
        sa.Column("cost", sa.Double),
        sa.Column("latency", sa.Double, nullable=False),
        sa.Column("first_token", sa.Double),
        sa.Column("score", sa.Double),
        sa.Column("refs", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
    )
    for name in ("at", "user_hash", "score"):
        op.create_index(f"ix_interactions_{name}", "interactions", [name])
    of_row = sa.ForeignKey("interactions.seq", ondelete="CASCADE")
    op.create_table(
        "interaction_bodies",
        sa.Column("seq", serial, of_row, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("inputs", "output", "contexts", "verdicts")),
        sa.Column("words", sa.Text if on_sqlite else TSVECTOR, nullable=False),
    )
    _create_feedback()
    if on_sqlite:
        _create_index()
    else:
        op.create_index("ix_interaction_bodies_words", "interaction_bodies", ["words"], postgresql_using="gin")


def _create_feedback() -> None:
    import sqlalchemy as sa
    from alembic import op

    serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "feedback",
        sa.Column("id", serial, primary_key=True),
        sa.Column("interaction_id", sa.Text, sa.ForeignKey("interactions.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("correction", sa.Text),
        sa.Column("comment", sa.Text, nullable=False),
    )
    op.create_index("ix_feedback_interaction_id", "feedback", ["interaction_id"])
    op.create_table(
        "log_losses",
        sa.Column("id", serial, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "log_salt",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("salt", sa.Text, nullable=False),
    )


def _create_index() -> None:
    from alembic import op

    op.execute(
        "CREATE VIRTUAL TABLE interaction_words USING fts5"
        "(words, content='interaction_bodies', content_rowid='seq', tokenize='ascii', detail='none')"
    )
    op.execute(
        "CREATE TRIGGER interaction_bodies_inserted AFTER INSERT ON interaction_bodies BEGIN "
        "INSERT INTO interaction_words (rowid, words) VALUES (new.seq, new.words); END"
    )
    op.execute(
        "CREATE TRIGGER interaction_bodies_deleted AFTER DELETE ON interaction_bodies BEGIN "
        "INSERT INTO interaction_words (interaction_words, rowid, words) VALUES ('delete', old.seq, old.words); END"
    )


def drop() -> None:
    """Drop them."""
    from alembic import op

    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE interaction_words")
    for table in ("log_salt", "log_losses", "feedback", "interaction_bodies", "interactions"):
        op.drop_table(table)
