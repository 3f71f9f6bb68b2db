"""Answering: what an alias stands for now, for whom, and what happens when the store is away."""
