"""The index room: documents in, chunks and vectors kept in step with them, hits out."""
