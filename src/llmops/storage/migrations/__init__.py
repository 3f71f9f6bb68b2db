"""One Alembic revision a release, imported only when a database needs them."""
