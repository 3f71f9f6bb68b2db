"""Versions and evidence travel between stores, and prompts and tests in from other tools."""
