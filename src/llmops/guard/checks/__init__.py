"""The checks, by family."""
