"""Cutting documents into chunks, in the tokens of the embedder."""
