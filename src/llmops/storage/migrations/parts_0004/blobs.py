"""Blobs of any size in the database, and when which was used."""


def create() -> None:
    """Create the tables."""
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "blob_pieces",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "blob_uses",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def drop() -> None:
    """Drop them; a blob of more than a megabyte is not whole without its pieces."""
    import sqlalchemy as sa
    from alembic import op

    op.execute(sa.text("DELETE FROM blobs WHERE digest IN (SELECT digest FROM blob_pieces)"))
    for table in ("blob_uses", "blob_pieces"):
        op.drop_table(table)
