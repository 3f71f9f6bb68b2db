"""The signals, by family."""
