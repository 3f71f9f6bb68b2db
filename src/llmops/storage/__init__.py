"""The only SQL: repositories that return domain objects, on SQLite or PostgreSQL, and blobs."""
