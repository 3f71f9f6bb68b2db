"""The RAG room: from a question to contexts, and from an answer back to their places."""
