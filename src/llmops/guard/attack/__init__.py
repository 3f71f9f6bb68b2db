"""Attacks on a policy: known-bad texts in disguises, and what gets through."""
